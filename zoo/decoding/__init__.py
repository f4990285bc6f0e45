"""From what a language model expects to the text that it writes."""

from zoo.decoding.beam import beam_search
from zoo.decoding.sampling import Sampling
from zoo.decoding.several import beam, samples
from zoo.decoding.streaming import Stream, stream

__all__ = ["Sampling", "Stream", "beam", "beam_search", "samples", "stream"]
