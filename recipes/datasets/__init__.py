"""Where texts come from.

Data sets of our own, public ones, and files of the user; no models. May import
`recipes.data`, `recipes.distribute` and `zoo`.
"""
