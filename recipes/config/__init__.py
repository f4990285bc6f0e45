"""The configuration of a recipe: its fields, their flags, the two long ones.

May import `recipes.distribute` and `zoo`.
"""
