"""Artifacts opened again, in each runtime that is installed.

May import `zoo`, and of `export` what stands below it.
"""
