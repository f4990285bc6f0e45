"""Tatoeba's English and French sentences, the manythings.org edition of 2019.

Many sentences have several translations, so pairs are split by what hangs
together: no English and no French sentence is in two splits.
"""

import functools
import gzip
import hashlib

import numpy as np
import scipy.sparse.csgraph

from recipes.datasets.tfds import manual_copies, verified

LANGUAGES = ("en", "fr")
DATA = {
    "name": "Tatoeba, English and French (manythings.org, 2019-04-07)",
    "licence": "CC BY 2.0; attribution: www.manythings.org/anki, tatoeba.org",
}
SPLITS = ("train", "validation", "test")
# Shares of the sentences for validation and test, in hundredths.
_ASIDE = 2
_FILE = "fra.txt.gz"
_SHA256 = "8b2555515187098c634aa468e6aef89e54d6a4f7950db4cae94a6a0f4809099c"


@functools.cache
def builder() -> type:
    """The class that makes it for tensorflow-datasets, which must be there."""
    import tensorflow_datasets as tfds

    class Tatoeba(tfds.core.GeneratorBasedBuilder):
        """The data set for tensorflow-datasets, from a copy of its file."""

        VERSION = tfds.core.Version("1.0.0")
        # The folder of copies within a folder of data.
        COPIES = "tatoeba_fra_eng"
        MANUAL_DOWNLOAD_INSTRUCTIONS = (
            "Its publisher keeps the newest edition only. Where you have the "
            "one of 2019-04-07, put its fra.txt, compressed, at "
            f"DATA_DIR/{COPIES}/{_FILE}, and say --data-dir DATA_DIR; train on "
            "any other with --train-pairs."
        )

        def _info(self):
            texts = {language: tfds.features.Text() for language in LANGUAGES}
            return tfds.core.DatasetInfo(
                builder=self,
                features=tfds.features.FeaturesDict(texts),
                homepage="https://www.manythings.org/anki/",
                license=DATA["licence"],
            )

        def _split_generators(self, dl_manager):
            paths = manual_copies(dl_manager, [_FILE])
            if paths is None:
                raise AssertionError(self.MANUAL_DOWNLOAD_INSTRUCTIONS)
            content = gzip.decompress(verified(paths[_FILE], _SHA256))
            lines = content.decode("utf-8").split("\n")
            rows = [line.split("\t") for line in lines if line]
            pairs = [(row[0], row[1]) for row in rows]
            chosen = split_of(pairs)
            return {
                split: self._generate_examples(
                    [
                        p
                        for p, s in zip(pairs, chosen, strict=True)
                        if s == split
                    ]
                )
                for split in SPLITS
            }

        def _generate_examples(self, pairs):
            for index, texts in enumerate(pairs):
                yield index, dict(zip(LANGUAGES, texts, strict=True))

    return Tatoeba


def split_of(pairs: list[tuple[str, str]]) -> list[str]:
    """The split of each pair; pairs that share a sentence are in the same.

    It depends on the sentences alone, not on the order of the pairs.
    """
    # Of either side, the number of each sentence.
    sources: dict[str, int] = {}
    targets: dict[str, int] = {}
    for source, target in pairs:
        sources.setdefault(source, len(sources))
        targets.setdefault(target, len(targets))
    rows = [sources[source] for source, _ in pairs]
    columns = [targets[target] for _, target in pairs]
    first = len(sources)
    total = first + len(targets)
    links = scipy.sparse.coo_array(
        (np.ones(len(pairs)), (rows, np.add(columns, first))), (total, total)
    )
    _, group = scipy.sparse.csgraph.connected_components(links, directed=False)
    # A group is where its first sentence, in alphabetical order, belongs.
    least: dict[int, str] = {}
    for text, number in sources.items():
        least[group[number]] = min(text, least.get(group[number], text))
    names = ["validation"] * _ASIDE + ["test"] * _ASIDE
    names += ["train"] * (100 - len(names))

    def hundredth(text):
        return (
            int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            % 100
        )

    split = {key: names[hundredth(text)] for key, text in least.items()}
    return [split[group[row]] for row in rows]
