"""Exports in the layouts that model servers want.

May import `zoo`, and of `export` what stands below it.
"""
