"""One model in every format and runtime that is installed, side by side."""
