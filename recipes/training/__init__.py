"""One training run, and what a killed one goes on from.

May import `recipes.config`, `recipes.datasets`, `recipes.data`,
`recipes.distribute` and `zoo`.
"""
