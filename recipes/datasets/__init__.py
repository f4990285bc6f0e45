"""Data sets of the recipes: texts and labels."""
