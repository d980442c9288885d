"""`make bench`: how fast the course is, each figure a ratio of two things measured in turns on the same machine.

measure        ways to do the same work, in turns; median, smallest and largest of their ratios
machine        the machine's own limits: products of matrices, copies of memory
ways           the engine, Keras `fit`, a tf.function for each step, a loop compiled by XLA
training       these against each other, and against the machine's peak
cost           what batch normalization adds to a step
growth         more seeds, wider and deeper networks
normalization  helpers.batchnorm against copies and against Keras's layer
fresh          what a new Python process takes: imports, the first race, memory
notebooks      each notebook of solutions/, and make test (only when asked for)
table          what is printed, and docs/results/bench.json
cli            the command
"""
