"""The configuration of each recipe: fields, presets, what a search tries.

`flags` makes the command line of them. May import `recipes.datasets`,
`recipes.data`, `recipes.distribute` and `zoo`.
"""
