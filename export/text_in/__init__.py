"""ONNX files from text to answer, by operators of onnxruntime-extensions.

May import `zoo`, and of `export` what stands below it.
"""
