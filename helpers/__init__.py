"""What the notebooks import; each module holds one idea, and nothing is imported here.

The formulas, in NumPy
    batchnorm      the layer: forward, backward, inference, folding
    moments        its statistics: of a batch, moving, of many batches together
    gradcheck      numerical gradients by central differences
    sharing        which cells share a statistic, for each kind of normalization

Networks and experiments, in NumPy
    mlp            a fully connected network, forward and backward (mlp_layers, mlp_network, mlp_training: many at once)
    experiments    an Experiment says what to train, `train` and `sweep` train it, a Result tells
    benefits       lesson 02's seven claims, each an experiment in one call
    drift, landscape   lesson 01's measurements: how far inputs move, how far a gradient can be trusted
    published      lesson 04's races at full size, beside the published figures
    fine_tuning, normalizations, norm_stack, norm_training, effective_rate, residual    lesson 09's: small batches,
                   other statistics, weight decay, last gammas
    gan_scores     lesson 08's: how far generated images are from real ones, and which digits are among them
    stats          paired intervals and verdicts
    threads        two trainings at a time
    data, mnist    the images

In TensorFlow (modules named tf_*; `tf_quiet` imports it, late and silently)
    tf_batchnorm, tf_moments                the layer from low-level operations
    tf_recurrent, tf_recurrent_cell         an LSTM with statistics for each time step (tf_layer_norm_lstm: of each row)
    tf_dense, tf_conv, tf_conv_low, tf_gan, tf_capstone     networks of the lessons (tf_gan_drawing: what they invent)
    tf_training, tf_trainer, tf_side_by_side, tf_many_runs, tf_machine, tf_gan_training     their training, many at once
    tf_sequences, tf_padding, tf_through_time               lesson 07's: sequences, padding, gradients through time
    tf_replicas                                             one layer on several devices

For the learner
    checks         one check for each exercise; it names the mistake
    progress       the learner's own record (record_file: the file that it is kept in)
    consent        whether a workshop's instructor may count what it says
    widgets        interactive figures, which show a picture where no kernel runs
    quiz, course, environment    quizzes, the map of the course, what is installed
    plots          the look of all figures (figures_NN: those of one lesson)
    validate       errors that say what is needed, what was received, what to do (npz_file: of a file that was saved)
"""
