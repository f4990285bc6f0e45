"""A zoo of recurrent networks for Keras 3.

`zoo.cells`, `zoo.layers` and `zoo.models` build them, `zoo.load` brings a
trained one by name or from a folder.
"""

from zoo import cells as cells
from zoo import layers as layers
from zoo import models as models

__version__ = "0.1.0"
