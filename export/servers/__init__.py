"""Exports in the layouts that model servers want."""
