"""What every room of the package stands on: validation and its messages, npz files, threads."""
