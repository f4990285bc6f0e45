"""Where texts come from: our own data sets, public ones, your own files.

Loads no models. May import `recipes.data`, `recipes.distribute` and `zoo`.
"""
