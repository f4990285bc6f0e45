"""From a model's logits to text: sampling, beam search, streams, scores.

Works over `(model, tokenizer)`. May import `zoo.models` and what stands below
it.
"""

from typing import TYPE_CHECKING

from zoo.deprecation import renamed
from zoo.lazy_imports import lazy

if TYPE_CHECKING:
    from zoo.decoding.continuations import beam as beam
    from zoo.decoding.continuations import samples as samples
    from zoo.decoding.language_model_beam import beam_search as beam_search
    from zoo.decoding.search_settings import BeamSearch as BeamSearch
    from zoo.decoding.search_settings import Sampling as Sampling
    from zoo.decoding.streaming import Stream as Stream
    from zoo.decoding.translation import Translation as Translation
    from zoo.decoding.translation import Translator as Translator

# What is public, and where it stands; imported on use, as it needs Keras.
_HOMES = {
    "BeamSearch": "search_settings:BeamSearch",
    "Sampling": "search_settings:Sampling",
    "Stream": "streaming:Stream",
    "Translation": "translation:Translation",
    "Translator": "translation:Translator",
    "beam": "continuations:beam",
    "beam_search": "language_model_beam:beam_search",
    "samples": "continuations:samples",
}
__all__ = list(_HOMES)
lazy(__name__, {name: f"{__name__}.{home}" for name, home in _HOMES.items()})
__getattr__ = renamed(__name__, {"stream": "zoo.pretrained:stream"})
