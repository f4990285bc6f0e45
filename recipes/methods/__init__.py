"""Training methods of papers, one file each.

May import `recipes.data` and `zoo`.
"""
