"""`zoo benchmark`: a model in every format and runtime, side by side."""
