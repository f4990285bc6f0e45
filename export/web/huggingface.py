"""A SentencePiece model as a Hugging Face `tokenizer.json`.

Reference:
    - https://huggingface.co/docs/tokenizers
    - `bpe_model.cc` and `unigram_model.cc` of
      https://github.com/google/sentencepiece
"""

import base64

from export.errors import ConversionError
from zoo.errors import InputError
from zoo.io import sentencepiece_reader
from zoo.text import SubwordTokenizer
from zoo.text.ids import END, UNKNOWN
from zoo.text.subwords import SPACE

_FIRST = END + 1


def described(tokenizer: SubwordTokenizer) -> dict:
    """What a `tokenizer.json` holds that gives the same ids.

    Special tokens are none that a text could hold: as in SentencePiece, the
    letters `<s>` are letters.

    Raises:
        ConversionError: for rules that are not the usual ones.
    """
    try:
        rules = sentencepiece_reader.rules(tokenizer.content)
    except InputError as error:
        raise ConversionError(f"For the web: {error}") from error
    normalizers: list[dict] = [
        {"type": "Strip", "strip_left": True, "strip_right": True},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    ]
    if rules.charsmap:
        table = base64.b64encode(rules.charsmap).decode("ascii")
        normalizers.insert(
            0, {"type": "Precompiled", "precompiled_charsmap": table}
        )
    spaces = {
        "type": "Metaspace",
        "replacement": SPACE,
        "prepend_scheme": "always",
        "split": True,
    }
    scores = _scores(tokenizer.content)
    unigram = rules.units == "unigram"
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "pre_tokenizer": spaces,
        "post_processor": None,
        "decoder": spaces,
        "model": (_unigram if unigram else _bpe)(tokenizer.pieces, scores),
    }


def _scores(content):
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_proto=content)
    return [processor.get_score(one) for one in range(len(processor))]


def _bpe(pieces, scores):
    """Which neighbours become one, the first ones first."""
    known = {piece: one for one, piece in enumerate(pieces)}
    plain = {piece: one for piece, one in known.items() if one >= _FIRST}
    merges = [
        (-scores[one], one, piece[:cut], piece[cut:])
        for piece, one in plain.items()
        for cut in range(1, len(piece))
        if piece[:cut] in plain and piece[cut:] in plain
    ]
    # Shorter left parts first, where two ways lead to a piece.
    merges.sort(key=lambda merge: (merge[0], merge[1], len(merge[2])))
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": pieces[UNKNOWN],
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": True,
        "byte_fallback": False,
        "ignore_merges": False,
        "vocab": known,
        "merges": [[left, right] for *_, left, right in merges],
    }


def _unigram(pieces, scores):
    """Pieces and the logarithms of their probabilities.

    Those that stand for no text have a space, which no text has any more when
    it is taken apart.
    """
    vocabulary = [
        [piece if one >= _FIRST else f" {piece}", score]
        for one, (piece, score) in enumerate(zip(pieces, scores, strict=True))
    ]
    # Unknown ones count as 10 less than the least probable piece, of which
    # these are none.
    least = min(scores[_FIRST:], default=0.0)
    for special in vocabulary[:_FIRST]:
        special[1] = least
    return {
        "type": "Unigram",
        "unk_id": UNKNOWN,
        "byte_fallback": False,
        "vocab": vocabulary,
    }
