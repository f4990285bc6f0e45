"""One training run: its folder, its steps, its checkpoints.

May import `recipes.config`, `recipes.data`, `recipes.distribute` and `zoo`.
"""
