"""Scripts that travel with an export and run without this package.

May import nothing of this project.
"""
