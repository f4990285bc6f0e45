"""Several devices and several processes: strategies, launching, signals.

May import `zoo`.
"""
