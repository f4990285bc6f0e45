"""Several devices and several processes.

Strategies, launching, signals. May import `zoo`.
"""
