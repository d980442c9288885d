"""What needs TensorFlow and serves more than one lesson; `helpers.tf.quiet` imports it."""
