"""How often texts have which n-grams."""

from typing import Any

import numpy as np

from recipes.data.examples import Examples
from zoo.layers.ngrams import places, windows


def counted(
    examples: Examples, longest: int, slots: int, fewest: int
) -> tuple[Any, np.ndarray, np.ndarray]:
    """How often texts have n-grams, and where a table has these.

    Args:
        examples: encoded texts.
        longest: number of tokens of the longest n-gram.
        slots: size of the table.
        fewest: n-grams of fewer texts are left out.

    Returns:
        A sparse matrix of counts, float32, with a row for each text and a
        column for each n-gram, shorter ones first; and of each column its
        slot and its mark (`zoo.layers.ngrams.places`).
    """
    from scipy import sparse

    ids = examples.token_ids.astype("int64")
    text = np.repeat(np.arange(len(examples)), examples.lengths)
    edge = np.zeros(longest - 1, "int64")
    back = windows(np.concatenate([edge, ids]), longest)
    texts = windows(np.concatenate([edge - 1, text]), longest)
    matrices, all_slots, all_marks = [], [], []
    for length in range(1, longest + 1):
        within = texts[length - 1] == texts[0]
        tokens = [token[within] for token in back[:length]]
        key = tokens[-1]
        for token in reversed(tokens[:-1]):
            key = key * (ids.max(initial=0) + 1) + token
        _, first, column = np.unique(
            key, return_index=True, return_inverse=True
        )
        matrix = sparse.csr_matrix(
            (
                np.ones(len(column), "float32"),
                (texts[0][within], column),
            ),
            shape=(len(examples), len(first)),
        )
        counts = np.bincount(matrix.indices, minlength=len(first))
        often = counts >= fewest
        matrices.append(matrix[:, often])
        slot, mark = places([token[first] for token in tokens], slots)
        all_slots.append(slot[often])
        all_marks.append(mark[often])
    matrix = sparse.hstack(matrices, format="csr")
    return matrix, np.concatenate(all_slots), np.concatenate(all_marks)
