"""`make replicate`: the published table of lesson 04 again, on MNIST, with several seeds and every failure counted.

pieces    what is trained, divided into pieces that are saved one by one
store     the file that the finished runs are kept in
training  the pieces that are missing, one after the other, with progress and remaining time
verdicts  which rows reproduce, by a margin stated before, and in words how the others differ
report    docs/results/replication.md
figures   docs/results/replication_*.png
cli       the command
"""
