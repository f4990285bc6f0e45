"""Names of layers that are looked up in a built model.

A method that changes one layer, an export and a form with shared weights all
find it by these names.
"""

EMBEDDING = "embedding"
EMBEDDING_DROPOUT = "embedding_dropout"
RECURRENT = "recurrent"
DROPOUT = "dropout"
PROJECTION = "projection"
LOGITS = "logits"
# Of a classifier that judges n-grams too.
NGRAMS = "ngrams"
# Of a translator.
SOURCE_EMBEDDING = "source_embedding"
TARGET_EMBEDDING = "target_embedding"
ENCODER = "encoder"
BRIDGE = "bridge"
KEYS = "keys"
DECODER = "decoder"
