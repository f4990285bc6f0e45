"""Models as a folder that any static web server serves.

May import `zoo`, and of `export` what stands below.
"""
