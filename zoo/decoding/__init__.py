"""From a model's logits to text: sampling, beam search, streams, scores.

Works over `(model, tokenizer)`. May import `zoo.models` and what stands below
it.
"""

from zoo.decoding.beam_search import BeamSearch
from zoo.decoding.continuations import beam, samples
from zoo.decoding.language_model_beam import beam_search
from zoo.decoding.sampling import Sampling
from zoo.decoding.streaming import Stream
from zoo.decoding.translation import Translation, Translator
from zoo.deprecation import renamed

__getattr__ = renamed(__name__, {"stream": "zoo.pretrained:stream"})
__all__ = [
    "BeamSearch",
    "Sampling",
    "Stream",
    "Translation",
    "Translator",
    "beam",
    "beam_search",
    "samples",
]
