"""Searches for the best configuration, with KerasTuner.

May import `recipes.methods` and what stands below it, and `zoo`; the recipes
by name alone.
"""
