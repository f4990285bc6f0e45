"""What differs between TensorFlow, JAX and PyTorch: graphs, loops, gradients.

May import `zoo.errors` and `zoo.argument_checks`.
"""
