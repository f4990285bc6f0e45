"""Word vectors from the company that words keep: where an embedding starts."""

import numpy as np

from recipes.data.examples import Examples
from zoo.text.ids import FIRST_KNOWN

WINDOW = 5
# Of all contexts: the one that occurs often is made to look less often
# expected (Levy et al., 2015, section 3.2).
SMOOTHING = 0.75
# Of the vectors' entries; with 0.2 the sentiment recipe was half a point worse
# on films that it had not seen.
DEVIATION = 0.1
# Up to this many words the whole decomposition takes less than a second.
_DENSE = 1_000


def word_vectors(
    examples: Examples, vocabulary_size: int, size: int
) -> np.ndarray:
    """Vectors of the words of `examples` by what stands near them.

    With `C_ij` the number of times that word `i` and word `j` stand within
    `WINDOW` words of each other in one text, a pair at distance `d` counted
    `1 / d`:

        M_ij = max(0, log(p(i, j) / (p(i) p'(j))))    positive PMI
        M    ~ U S V^T                                the `size` largest
        E    = U sqrt(S)                              a row for each word

    where `p'(j)` is `p(j)` to the power `SMOOTHING`, normalised. Then the
    mean of these rows is taken off, and they are scaled to a standard
    deviation of `DEVIATION`. Words that agree in their neighbours ("dull",
    "tedious") start near each other, so what is learned of one holds for the
    other.

    Departure from the paper: rows are not made unit vectors; the longest
    tenth is cut to the length of the others' longest.

    Args:
        examples: encoded texts.
        vocabulary_size: number of ids. Padding, unknown words and words
            without a positive PMI get zeros.
        size: length of a vector. Where the texts have too few words for it,
            the rest of each vector is zeros.

    Returns:
        float32 of shape `(vocabulary_size, size)`. Bit by bit the same for
        the same texts, unless a large vocabulary has fewer than `size`
        independent rows; then up to rounding.

    Reference:
        - [Levy and Goldberg, 2014](https://papers.nips.cc/paper/2014/hash/feab05aa91085b7a8012516bc3533958-Abstract.html)
        - [Levy et al., 2015](https://aclanthology.org/Q15-1016)
    """
    vectors = np.zeros((vocabulary_size, size), "float32")
    information = _positive_pmi(_cooccurrences(examples, vocabulary_size))
    if not information.nnz:
        return vectors
    u, s = _largest(information, size)
    met = np.diff(information.indptr) > 0
    rows = (u * np.sqrt(s))[met]
    centred = rows - rows.mean(axis=0)
    if centred.std() <= 1e-6 * np.abs(rows).max():
        # All words are alike.
        return vectors
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    longest = np.quantile(norms, 0.9)
    centred *= np.minimum(1, longest / np.maximum(norms, longest * 1e-6))
    vectors[met, : len(s)] = centred
    return vectors * np.float32(DEVIATION / vectors[met].std())


def _largest(matrix, count):
    """Left singular vectors, as columns, and the values that they go with."""
    size = matrix.shape[0]
    if size <= _DENSE or count >= size:
        u, s, _ = np.linalg.svd(matrix.toarray())
        u, s = u[:, :count], s[:count]
    else:
        from scipy.sparse.linalg import svds

        start = np.random.default_rng(0).normal(size=size).astype("float32")
        u, s, _ = svds(matrix, k=count, v0=start)
    # Where the texts have fewer directions, the rest is the solver's noise.
    return u, np.where(s > 1e-5 * s.max(), s, 0)


def _cooccurrences(examples, vocabulary_size):
    from scipy import sparse

    ids = examples.token_ids
    text = np.repeat(np.arange(len(examples)), examples.lengths)
    shape = (vocabulary_size, vocabulary_size)
    counts = sparse.csr_matrix(shape, dtype="float32")
    for distance in range(1, WINDOW + 1):
        left, right = ids[:-distance], ids[distance:]
        near = (text[:-distance] == text[distance:]) & (
            np.minimum(left, right) >= FIRST_KNOWN
        )
        weights = np.full(near.sum(), 1 / distance, "float32")
        pairs = (weights, (left[near], right[near]))
        counts = counts + sparse.coo_matrix(pairs, shape).tocsr()
    return counts + counts.T


def _positive_pmi(counts):
    from scipy import sparse

    often = np.asarray(counts.sum(axis=1)).ravel()
    context = often**SMOOTHING
    context = context / max(context.sum(), 1e-30)
    counts = counts.tocoo()
    values = np.log(
        counts.data / often[counts.row] / context[counts.col]
    ).astype("float32")
    positive = values > 0
    indices = (counts.row[positive], counts.col[positive])
    return sparse.csr_matrix((values[positive], indices), counts.shape)
