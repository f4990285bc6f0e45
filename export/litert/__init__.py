"""Models as LiteRT files (.tflite) of builtin operators alone.

May import `zoo`, and of `export` what stands below: tasks, runtimes, verify.
"""
