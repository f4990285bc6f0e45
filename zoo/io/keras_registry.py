"""Keras finds the layers of the zoo by their names once `zoo` is imported.

A `model.keras` names its layers (`recurrent_zoo>Stacked`). Keras looks such a
name up among the classes that were registered with it, and a class is
registered when its module is imported. `import zoo` imports none of them, for
Keras takes seconds. So `zoo` calls `enter` once Keras is imported by whoever
needs it: a stand-in under each name, which imports the layer when a file names
it.
"""

import importlib

# Layers that a model may consist of; a test compares them with those that
# register themselves.
LAYERS = (
    "Attention",
    "AttentionPooling",
    "AttentiveDecoder",
    "Bidirectional",
    "LastWindow",
    "MaxPooling",
    "MeanPooling",
    "Recurrent",
    "SampledLogits",
    "Stacked",
    "StatefulRNN",
    "TiedEmbedding",
    "WithNgrams",
)


def enter() -> None:
    """Enters the layers into Keras's registry. Imports Keras."""
    import keras

    objects = keras.saving.get_custom_objects()
    for name in LAYERS:
        objects.setdefault(f"recurrent_zoo>{name}", _StandIn(name))


class _StandIn:
    """What Keras asks of a class when it reads a configuration."""

    def __init__(self, name):
        self.name = name

    def from_config(self, config):
        # The class takes this one's place in the registry as it is imported.
        layers = importlib.import_module("zoo.layers")
        return getattr(layers, self.name).from_config(config)
