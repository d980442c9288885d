"""What a single lesson uses, in a folder for each: its figures, its networks, its measurements."""
