"""ONNX files from text to answer, by operators of onnxruntime-extensions."""
