"""The configuration of a recipe: fields, command-line flags, two long ones.

May import `recipes.distribute` and `zoo`.
"""
