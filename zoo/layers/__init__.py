"""Layers that run cells over time, and layers that read their states.

May import `zoo.cells` and `zoo.backend`.
"""

from zoo.deprecation import renamed
from zoo.layers.attention import Attention
from zoo.layers.attentive_decoder import AttentiveDecoder
from zoo.layers.bidirectional import Bidirectional
from zoo.layers.last_window import LastWindow
from zoo.layers.linear_scan import linear_scan
from zoo.layers.ngrams import WithNgrams
from zoo.layers.pooling import AttentionPooling, MaxPooling, MeanPooling
from zoo.layers.recurrent import Recurrent
from zoo.layers.sampled_logits import SampledLogits
from zoo.layers.stacked import Stacked
from zoo.layers.stateful import StatefulRNN
from zoo.layers.tied_embedding import TiedEmbedding

__getattr__ = renamed(__name__, {"Carried": "zoo.layers:StatefulRNN"})
__all__ = [
    "Attention",
    "AttentionPooling",
    "AttentiveDecoder",
    "Bidirectional",
    "StatefulRNN",
    "LastWindow",
    "MaxPooling",
    "MeanPooling",
    "Recurrent",
    "SampledLogits",
    "Stacked",
    "TiedEmbedding",
    "WithNgrams",
    "linear_scan",
]
