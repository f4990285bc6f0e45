"""Trained models: by name, from a folder or an address, and back there."""

from zoo.pretrained.golden import golden_difference
from zoo.pretrained.load import load, save
from zoo.pretrained.names import names
from zoo.pretrained.publish import push

__all__ = ["golden_difference", "load", "names", "push", "save"]
