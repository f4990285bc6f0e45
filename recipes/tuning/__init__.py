"""Searches for the best configuration of a recipe, with KerasTuner.

May import the recipes, by name, and what stands below.
"""
