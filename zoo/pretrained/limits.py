"""The files of a pretrained folder, their forms, and how large each may be.

The bounds are far above anything that the zoo trains, and low enough that a
file which claims more need not be opened to be refused. What is parsed takes
memory in proportion: a weight up to four times its bytes (int8 to float32),
JSON up to some twenty times.
"""

_MIB = 1 << 20

# In the order in which they are read.
FILES = (
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "golden.npz",
    "card.md",
)
# What a translator's tokenizer has beside its JSON file.
MODEL_FILES = ("tokenizer.model", "source.model", "target.model")
MANIFEST = "manifest.json"
# By this in its manifest, a folder is known as an export, which is no model.
EXPORT_KIND = "recurrent-zoo export"
# How the weights of a pretrained folder are stored.
FORMS = ("float16", "int8")

LARGEST = {
    # Names of classes: 8,192 of them, each of a hundred characters.
    "config.json": _MIB,
    # Ten times the vocabulary of a large language model of words.
    "tokenizer.json": 16 * _MIB,
    # A model of 500 million weights in 16 bits.
    "model.safetensors": 1024 * _MIB,
    # Logits of 200 tokens over 80,000 words.
    "golden.npz": 64 * _MIB,
    "card.md": _MIB,
    # SentencePiece's models of 250,000 units have 5 MB.
    **dict.fromkeys(MODEL_FILES, 16 * _MIB),
    # Configuration, and scores by whatever they are broken down.
    MANIFEST: _MIB,
}

# Of a number among a builder's arguments, of those that count layers, and of
# a table of n-grams. Keras takes a good part of a second for each layer.
WIDEST = 1 << 13
DEEPEST = 16
MOST_SLOTS = 1 << 20
LONGEST_LABEL = 1000
# Of golden ids, rows and steps: the model is run on them. Five times what
# `writer` makes.
MOST_ROWS, MOST_STEPS = 25, 200
# Of a run's configuration, scores and vocabulary.
LARGEST_JSON = 1 << 24
