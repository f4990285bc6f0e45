"""Scripts that travel with an export and run without this package.

They import no module of this project.
"""
