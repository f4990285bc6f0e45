"""Sentences as subword units, by SentencePiece."""

import atexit
import functools
import io
import itertools
import re
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from zoo.argument_checks import at_least, one_of
from zoo.errors import InputError
from zoo.io import sentencepiece_reader
from zoo.text.ids import END, PADDING, START, UNKNOWN

# The name that users know, and SentencePiece's own.
UNITS = {"bpe": "bpe", "unigram": "unigram", "characters": "char"}
# Two rules of SentencePiece, which change a text to Unicode's NFKC, and line
# ends, tabs and control characters to spaces or nothing; the first one changes
# capitals to small letters too. By the last, letters that are composed or
# decomposed are the same, and white space of ASCII is a space; all else stays,
# so whatever was read can be written: full-width punctuation, no-break spaces.
NORMALISATIONS = ("nmt_nfkc_cf", "nmt_nfkc", "nfc")
_KOREAN = re.compile("[\u1100-\u11ff\uac00-\ud7a3]")
# What a piece begins with where a word begins.
SPACE = "\u2581"
# Of the characters of the training texts, all but the rarest are known.
_COVERAGE = 0.9995
_LARGEST_FILE = 1 << 24


class SubwordTokenizer:
    """Sentences to ids of subword units and back.

    0 is padding, 1 an unknown character, 2 and 3 are what a target sentence
    begins and ends with; `encode` gives neither of the two.

    The text is normalised first, by one of `NORMALISATIONS`; several spaces
    count as one. What that does is part of the model file, so the same file
    gives the same ids wherever SentencePiece reads it.

    Args:
        content: what the SentencePiece model file holds.

    Raises:
        InputError: if that is no such model, or one with other reserved ids.

    Reference:
        - [Kudo and Richardson, 2018](https://arxiv.org/abs/1808.06226)
        - `bpe`: [Sennrich et al., 2016](https://arxiv.org/abs/1508.07909)
        - `unigram`: [Kudo, 2018](https://arxiv.org/abs/1804.10959)
    """

    def __init__(self, content: bytes):
        import sentencepiece

        if not content or len(content) > _LARGEST_FILE:
            raise InputError("A SentencePiece model is empty, or too large.")
        sentencepiece_reader.check(content)
        self.content = content
        try:
            self._processor = sentencepiece.SentencePieceProcessor(
                model_proto=content
            )
        except (OSError, RuntimeError) as error:
            raise InputError(f"This is no SentencePiece model: {error}") from (
                error
            )
        p = self._processor
        reserved = (p.pad_id(), p.unk_id(), p.bos_id(), p.eos_id())
        if reserved != (PADDING, UNKNOWN, START, END):
            raise InputError(
                "A SentencePiece model must have the ids 0, 1, 2, 3 for "
                f"padding, unknown, start and end. Received: {reserved}"
            )

    @classmethod
    def from_texts(
        cls,
        texts: Iterable[str],
        size: int,
        units: str = "bpe",
        normalisation: str = "nmt_nfkc",
        exactly: bool = True,
    ) -> "SubwordTokenizer":
        """A tokenizer that is trained on `texts`.

        Args:
            texts: the training sentences.
            size: number of ids, the four reserved ones included; for
                `characters`, the most there may be.
            units: `bpe`, `unigram` or `characters`.
            normalisation: one of `NORMALISATIONS`.
            exactly: whether texts that allow fewer units are an error; else
                there may be fewer, and all characters of the texts are known.

        Raises:
            InputError: for texts without a character, or too few for so
                many units.
        """
        import sentencepiece

        one_of("units", units, UNITS)
        one_of("normalisation", normalisation, NORMALISATIONS)
        at_least(END + 2, vocabulary_size=size)
        written, texts = io.BytesIO(), [*texts]
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(texts),
                model_writer=written,
                model_type=UNITS[units],
                vocab_size=size,
                hard_vocab_limit=exactly and units != "characters",
                character_coverage=_COVERAGE if exactly else 1.0,
                **_rules(normalisation, any(map(_KOREAN.search, texts))),
                pad_id=PADDING,
                unk_id=UNKNOWN,
                bos_id=START,
                eos_id=END,
                # Else longer lines would be left out, and nothing said.
                max_sentence_length=1 << 20,
                # More threads may sum in another order.
                num_threads=1,
                minloglevel=2,
            )
        except RuntimeError as error:
            raise InputError(_explained(str(error), size)) from error
        return cls(written.getvalue())

    @property
    def size(self) -> int:
        """Number of ids, the four reserved ones included."""
        return self._processor.get_piece_size()

    @property
    def pieces(self) -> list[str]:
        """The unit of each id."""
        return self._processor.id_to_piece(list(range(self.size)))

    def encode(self, text: str) -> list[int]:
        """The ids of `text`; an empty list for a text of spaces alone."""
        return self._processor.encode(_encodable(text))

    def encode_batch(self, texts: Iterable[str]) -> list[list[int]]:
        """The ids of each text."""
        return self._processor.encode([_encodable(text) for text in texts])

    def split(self, text: str) -> list[str]:
        """The units of `text` as they stand in it, one for each id."""
        return self._processor.encode(_encodable(text), out_type=str)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`; unknown characters become U+2047.

        Padding, start and end become nothing.
        """
        return self._processor.decode(
            [int(one) for one in ids if one not in (PADDING, START, END)]
        )

    def join(self, pieces: Sequence[str]) -> str:
        """The text of units, also of ones that are in no vocabulary."""
        return "".join(pieces).replace(SPACE, " ").strip()

    def save(self, path: Path) -> None:
        """Writes the SentencePiece model file."""
        from zoo.io.files import replacing

        with replacing(path) as draft:
            draft.write_bytes(self.content)


def _rules(normalisation, korean):
    """What SentencePiece's trainer is told of it."""
    if normalisation == "nfc":
        return {"normalization_rule_tsv": _nfc_table(korean)}
    return {"normalization_rule_name": normalisation}


@functools.cache
def _nfc_table(korean: bool) -> str:
    """Path of a file of what is replaced by what, in code points.

    Args:
        korean: whether with Korean syllables, which are many.
    """
    rows = {(blank, " ") for blank in "\t\n\v\f\r"}
    for composed in map(chr, range(sys.maxunicode + 1)):
        parts = unicodedata.normalize("NFD", composed)
        usual = unicodedata.normalize("NFC", composed)
        syllable = unicodedata.category(composed) == "Lo" and len(parts) > 1
        if parts == composed or syllable and not korean and usual > "\uabff":
            continue
        # Some marks may be composed with the letter already, in any order:
        # Vietnamese is often typed so. The parts of a syllable have one.
        orders = [parts[1:]] if syllable else itertools.permutations(parts[1:])
        for marks in orders:
            form = "".join([parts[0], *marks])
            if unicodedata.normalize("NFD", form) != parts:
                continue
            forms = {composed, form} | {
                unicodedata.normalize("NFC", form[:end]) + form[end:]
                for end in range(2, len(form))
            }
            rows |= {(one, usual) for one in forms - {usual}}
    folder = Path(tempfile.mkdtemp(prefix="recurrent-zoo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "nfc.tsv"
    lines = [
        "\t".join(" ".join(f"{ord(one):X}" for one in side) for side in row)
        for row in sorted(rows)
    ]
    path.write_text("\n".join([*lines, ""]), "ascii")
    return str(path)


def _encodable(text: str) -> str:
    """Without lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _explained(message: str, size: int) -> str:
    """SentencePiece's reason for refusing to train, in our words."""
    most = re.search(r"set it to a value <= (\d+)", message)
    if most:
        return (
            f"`vocabulary_size` {size} is more than these texts allow. Use at "
            f"most {most.group(1)}."
        )
    least = re.search(r"smaller than required_chars\. \d+ vs (\d+)", message)
    if least:
        return (
            f"`vocabulary_size` {size} is too small for the characters of "
            f"these texts. Use more than {least.group(1)}."
        )
    return f"No units can be learned from these texts: {message}"
