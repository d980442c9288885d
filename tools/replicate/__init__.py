"""`make replicate`: the published table of lesson 04 again, on MNIST, with several seeds and every failure counted.

runs      what is trained, in pieces that are saved one by one, so that a run that was stopped goes on
verdicts  which rows reproduce, by a margin stated before, and in words how the others differ
report    docs/results/replication.md, with its figures from figures
"""
