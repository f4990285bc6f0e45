"""Models as LiteRT files (.tflite) of builtin operators alone."""
