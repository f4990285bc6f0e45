"""Keras models as ONNX graphs.

May import `zoo`, and of `export` the errors alone.
"""
