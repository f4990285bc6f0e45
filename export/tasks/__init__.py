"""What is exported of a classifier, a language model and a translator.

May import `export.onnx`, `export.saved_model` and `zoo`.
"""
