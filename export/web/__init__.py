"""Models as a folder that any static web server serves."""
