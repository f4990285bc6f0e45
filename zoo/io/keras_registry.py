"""Keras finds the layers of the zoo by their names once `zoo` is imported.

A `model.keras` names its layers (`recurrent_zoo>Stacked`). Keras looks such a
name up among the classes that were registered with it, and a class is
registered when its module is imported. `import zoo` imports none of them, for
Keras takes seconds. So `register` waits until Keras is imported by whoever
needs it, and then enters a stand-in under each name, which imports the layer
when a file names it. There is no way to tell Keras so before it is imported,
and so this hooks into the import of `keras`, once.
"""

import importlib
import sys

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


def register() -> None:
    """Enters the layers into Keras's registry, as soon as there is one."""
    if "keras" in sys.modules:
        _enter()
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _enter():
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


class _Finder:
    """Finds `keras` as the other finders do, and calls `_enter` behind it."""

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                self._follow(spec.loader)
                return spec
        return None

    def _follow(self, loader):
        execute = loader.exec_module

        def exec_module(module):
            execute(module)
            if module.__name__ == "keras" and self in sys.meta_path:
                sys.meta_path.remove(self)
                _enter()

        loader.exec_module = exec_module
