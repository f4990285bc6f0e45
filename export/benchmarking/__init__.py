"""One model in every format and runtime that is installed, side by side.

May import `zoo`, and of `export` what stands below it.
"""
