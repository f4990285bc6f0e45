"""Where texts come from: our own data sets, public ones, your own files.

May import `recipes.data`, `recipes.distribute` and `zoo`.
"""
