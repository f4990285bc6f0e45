"""One training run: its folder, its steps, what a killed run goes on from.

May import `recipes.config`, `recipes.datasets`, `recipes.data`,
`recipes.distribute` and `zoo`.
"""
