"""What a recipe can be asked for, and its flags.

Each recipe has a file here: its fields, its presets, and what a search tries.
May import `recipes.datasets`, `recipes.data`, `recipes.distribute` and `zoo`.
"""
