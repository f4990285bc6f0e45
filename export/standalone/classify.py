"""Classifies texts with model.onnx. Needs Python, NumPy and onnxruntime alone;
where tokenizer.model lies beside it, sentencepiece too.

    python classify.py "a quiet, moving film"
    python classify.py --batch 64 < texts.txt
"""

import argparse
import functools
import io
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

# Else ONNX Runtime tells its makers what it runs. Read when it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

try:
    import numpy as np
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as state
except ImportError as error:
    if __name__ != "__main__":
        raise
    needed = (error.name or "onnxruntime").partition(".")[0]
    how = f"needs {needed}: pip install -r requirements.txt"
    print(f"{Path(__file__).name}: {how}", file=sys.stderr)
    raise SystemExit(2) from None

if hasattr(onnxruntime, "disable_telemetry_events"):
    onnxruntime.disable_telemetry_events()

HERE = Path(__file__).parent
UNKNOWN = 1
TYPES = {"tensor(int32)": "int32", "tensor(int64)": "int64"}

# ONNX Runtime's errors have no class in common.
ERRORS = (
    OSError,
    KeyError,
    ValueError,
    ImportError,
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NoSuchFile,
    state.NotImplemented,
    state.RuntimeException,
)


class Classifier:
    """The exported model: `Classifier().predict(["a quiet, moving film"])`.

    Args:
        folder: of the export; by default that of this script.
    """

    def __init__(self, folder: Path | str = HERE):
        folder = Path(folder)
        model = str(folder / "model.onnx")
        self.session = onnxruntime.InferenceSession(model)
        (self.input,) = self.session.get_inputs()
        about = self.session.get_modelmeta().custom_metadata_map
        self.labels = json.loads(about["labels"])
        self.encode = encoder(json.loads(about["tokenizer"])["kind"], folder)

    def logits(self, texts: list[str], batch: int = 32) -> np.ndarray:
        """An array of shape `(texts, classes)`; texts of like length at once.

        Raises:
            ValueError: for a text that is too long for a file of one length.
        """
        rows, width = self.input.shape
        batch = rows if isinstance(rows, int) else batch
        ids = [list(self.encode(text)) for text in texts]
        logits = np.zeros((len(texts), len(self.labels)), "float32")
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            longest = max([1, *(len(ids[place]) for place in places)])
            length = width if isinstance(width, int) else longest
            if longest > length:
                raise ValueError(
                    f"A text has {longest} tokens; this file takes {length}."
                )
            height = batch if isinstance(rows, int) else len(places)
            padded = np.zeros((height, length), TYPES[self.input.type])
            for row, place in enumerate(places):
                padded[row, : len(ids[place])] = ids[place]
            given = {self.input.name: padded}
            (found,) = self.session.run(["logits"], given)
            logits[places] = found[: len(places)]
        return logits

    def predict(self, texts: list[str], batch: int = 32) -> list[dict]:
        """For each text `label`, `probability` and all `probabilities`."""
        logits = self.logits(texts, batch)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = (p / p.sum(axis=1, keepdims=True)).tolist()
        return [
            {
                "label": self.labels[row.index(max(row))],
                "probability": max(row),
                "probabilities": dict(zip(self.labels, row, strict=True)),
            }
            for row in p
        ]


def encoder(kind: str, folder: Path) -> Callable[[str], list[int]]:
    """What makes ids of a text, by the files of the export."""

    def utf8(text):
        # Half a character, which UTF-8 cannot hold, becomes a question mark.
        return text.encode("utf-8", "replace")

    if kind == "bytes":
        return lambda text: [byte + 1 for byte in utf8(text)]
    if kind == "subwords_of_texts":
        import sentencepiece

        model = str(folder / "tokenizer.model")
        pieces = sentencepiece.SentencePieceProcessor(model_file=model)
        return lambda text: pieces.encode(utf8(text).decode())
    if kind == "characters":
        known = characters(folder)
        return lambda text: [known.get(one, UNKNOWN) for one in text]
    read = words(folder)
    return lambda text: read(utf8(text).decode())


def characters(folder: Path) -> dict[str, int]:
    """The id of each character."""
    if (folder / "characters.json").exists():
        content = (folder / "characters.json").read_text("utf-8")
        return json.loads(content)["ids"]
    content = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    return {one: place for place, one in enumerate(content["vocabulary"], 2)}


def words(folder: Path) -> Callable[[str], list[int]]:
    """What makes ids of words, by the rules in words.json."""
    about = json.loads((folder / "words.json").read_text("utf-8"))
    known = {word: place for place, word in enumerate(about["vocabulary"], 2)}
    changes: list = []
    for change, *how in about["rules"]:
        if change == "pattern":
            # Python's `re` is slow without looking behind; RE2 has no such.
            pattern = about["look_behind"].get(how[0], how[0])
            compiled = re.compile(pattern, re.ASCII)
            changes.append(functools.partial(compiled.sub, how[1]))
        elif change == "table":
            table = str.maketrans(how[0])
            changes.append(lambda text, table=table: text.translate(table))
        else:
            changes.append(str.lower)

    def encode(text):
        for change in changes:
            text = change(text)
        return [known.get(word, UNKNOWN) for word in text.split(" ") if word]

    return encode


def fail(message: str) -> NoReturn:
    name = Path(__file__).name
    print(f"{name}: {' '.join(str(message).split())}", file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        fail(message)


def lines_of_input() -> list[str]:
    """The lines of standard input, as they end in files of any system."""
    lines = sys.stdin.buffer.read().decode("utf-8").split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    return [line.removesuffix("\r") for line in lines]


def main() -> None:
    # Whatever the characters of the terminal are.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    parser = Parser(
        description="Prints the class of each text and its probability."
    )
    parser.add_argument(
        "texts",
        nargs="*",
        metavar="TEXT",
        help="without one, each line of standard input is one",
    )
    parser.add_argument(
        "--batch", type=int, default=32, help="texts at once (default: 32)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print all probabilities as JSON"
    )
    asked = parser.parse_args()
    if asked.batch < 1:
        fail(f"--batch must be at least 1. Received: {asked.batch}")
    try:
        texts = asked.texts
        if not texts:
            if sys.stdin.isatty():
                fail("a text is needed, as an argument or in standard input.")
            texts = lines_of_input()
        answers = Classifier().predict(texts, asked.batch)
    except UnicodeDecodeError:
        fail("standard input must be UTF-8.")
    except ERRORS as error:
        fail(f"{type(error).__name__}: {error}")
    for answer in answers:
        if asked.json:
            print(json.dumps(answer))
        else:
            print(f"{answer['label']}\t{answer['probability']:.4f}")


if __name__ == "__main__":
    main()
