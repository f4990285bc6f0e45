"""Trained models: by name, from a folder, into a folder."""

from zoo.pretrained.golden import golden_difference
from zoo.pretrained.load import load, save
from zoo.pretrained.names import names

__all__ = ["golden_difference", "load", "names", "save"]
