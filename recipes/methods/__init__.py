"""Training methods of papers, one file each.

May import `recipes.evaluation` and what stands below it, and `zoo`.
"""
