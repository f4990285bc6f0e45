"""Models as TensorFlow SavedModels, with text signatures.

May import `zoo`, and of `export` the errors alone.
"""
