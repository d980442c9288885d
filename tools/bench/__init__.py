"""`make bench`: how fast the course is, each figure a ratio of two things measured in turns on the same machine.

measure        ways to do the same work, in turns; the machine's own limits
ways           the engine, Keras `fit`, a loop compiled by XLA
training       these against each other and the machine's peak; what batch normalization adds
normalization  helpers.batchnorm against copies and against Keras's layer
table          what is printed, and docs/results/bench.json
"""
