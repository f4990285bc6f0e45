"""Trained models: by name, from a folder or an address, and back there.

May import `zoo.tasks` and what stands below it, and `zoo.inspect`.
"""

from zoo.pretrained.golden import golden_difference
from zoo.pretrained.loader import load, save, stream
from zoo.pretrained.publish import push
from zoo.pretrained.shipped import names

__all__ = ["golden_difference", "load", "names", "push", "save", "stream"]
