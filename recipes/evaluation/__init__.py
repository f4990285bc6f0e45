"""Scores on held-out data, and their pictures.

May import `recipes.datasets`, `recipes.data` and `zoo`.
"""
