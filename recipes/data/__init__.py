"""What training reads: examples, pairs, windows, prepared arrays, batches.

May import `recipes.distribute` and `zoo`.
"""
