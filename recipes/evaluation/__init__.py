"""Scores on held-out data, and their pictures.

May import `recipes.training` and what stands below it, and `zoo`.
"""
