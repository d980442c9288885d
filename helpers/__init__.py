"""What the notebooks import, in rooms that are read from the top: each stands only on those above it, or on `_support`.

    batchnorm      the heart: batch normalization's formulas, forward, backward and in inference, and the layer
    gradcheck      numerical gradients by central differences
    data           the images: digits, MNIST, a Dataset
    networks       NumPy networks on the heart: layers, many runs at once, other normalizations
    experiments    an Experiment says what to train, `train` and `sweep` train it, a Result tells; intervals
    tf             everything in TensorFlow that serves more than one lesson: the layer, the recurrent layer, training
    figures        the look of all figures, and pictures that several lessons draw
    course         the learner's side: the map, the record, quizzes, what is installed
    doctor         what is wrong with the batch normalization of a model of your own
    checks         one check for each exercise; it names the mistake
    widgets        interactive figures, which show a picture where no kernel runs
    lessons        what a single lesson uses, in a folder for each
    _support       errors that say what is needed, what was received, what to do; files of arrays; threads

Nothing is imported here, so that what needs no TensorFlow does not wait for it.
"""
