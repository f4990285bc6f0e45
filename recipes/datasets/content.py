"""The SHA-256 of what a data set holds, which a run and a card name."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence


def sha256(splits: Mapping[str, Iterable[Sequence]]) -> str:
    """The SHA-256 of the examples of all splits, as hexadecimal digits.

    It is that of a file in UTF-8 with one line of JSON for each example,
    `["split", field, ...]`, in the order of `splits`; each line ends in a
    newline.

    Args:
        splits: examples by the name of their split; an example is a sequence
            of strings and whole numbers.
    """
    digest = hashlib.sha256()
    for split, examples in splits.items():
        for example in examples:
            line = json.dumps([split, *example], ensure_ascii=False)
            digest.update(f"{line}\n".encode())
    return digest.hexdigest()
