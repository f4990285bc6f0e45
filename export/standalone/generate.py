"""Writes text with step.onnx. Needs Python, NumPy and onnxruntime alone; where
tokenizer.model lies beside it, sentencepiece too.

    python generate.py "ROMEO:" [LENGTH] [TEMPERATURE] [SEED]
    python generate.py --batch 8 < prompts.txt
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
MOST = 999_999_999
TYPES = {"int32": "int32", "int64": "int64", "float": "float32"}
TYPES |= {"float16": "float16", "double": "float64"}

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


class Writer:
    """The exported model: `Writer().write(["ROMEO:"])`.

    Args:
        folder: of the export; by default that of this script.
    """

    def __init__(self, folder: Path | str = HERE):
        folder = Path(folder)
        step = str(folder / "step.onnx")
        self.session = onnxruntime.InferenceSession(step)
        about = self.session.get_modelmeta().custom_metadata_map
        self.ids = json.loads(about["ids"])
        banned = self.ids["banned"]
        self.first = next(n for n in range(len(banned) + 1) if n not in banned)
        self.kind = json.loads(about["tokenizer"])["kind"]
        # Words and subwords begin a text by the end of another.
        self.always_opens = self.ids.get("start") is not None
        self.encode, self.decode = tokenizer(self.kind, folder)

    def write(
        self,
        prompts: list[str],
        length: int = 300,
        temperature: float = 0.8,
        seed: int = 0,
        batch: int = 32,
    ) -> list[str]:
        """What comes behind each prompt: `length` tokens, drawn.

        Each is what it would be alone, with the same seed.
        """
        token, *_ = self.session.get_inputs()
        rows = token.shape[0]
        batch = rows if isinstance(rows, int) else batch
        written = []
        for start in range(0, len(prompts), batch):
            some = list(prompts[start : start + batch])
            missing = batch - len(some) if isinstance(rows, int) else 0
            found = self._side_by_side(
                some + [""] * missing, length, temperature, seed
            )
            written += found[: len(some)]
        return written

    def _side_by_side(self, prompts, length, temperature, seed):
        texts = []
        for prompt in prompts:
            opens = self.always_opens or not prompt
            opening = self.ids["opening"] if opens else []
            texts.append([*opening, *self.encode(prompt)])
        begins = [len(text) for text in texts]
        randoms = [np.random.default_rng(seed) for _ in texts]
        token, *states = self.session.get_inputs()
        values = {
            x.name: np.zeros((len(texts), x.shape[1]), _type(x)) for x in states
        }
        for place in range(max(begins) + length - 1):
            ids = [[text[min(place, len(text) - 1)]] for text in texts]
            logits, *after = self.session.run(
                None, {token.name: np.array(ids, _type(token)), **values}
            )
            values = dict(zip(values, after, strict=True))
            for row, text in enumerate(texts):
                if begins[row] - 1 <= place < begins[row] + length - 1:
                    scores = logits[row].astype("float64")
                    scores[self.ids["banned"]] = -np.inf
                    # No draws for the ids that stand for no text.
                    scores = scores[self.first :]
                    if temperature > 0:
                        noise = randoms[row].gumbel(size=len(scores))
                        scores = scores / temperature + noise
                    text.append(self.first + int(scores.argmax()))
        return [
            self.decode(prompt, text[begin:])
            for prompt, text, begin in zip(prompts, texts, begins, strict=True)
        ]


def _type(value):
    return TYPES[value.type.removeprefix("tensor(").removesuffix(")")]


def tokenizer(kind: str, folder: Path) -> tuple[Callable, Callable]:
    """What makes ids of a prompt, and a text of a prompt and what follows."""

    def utf8(text):
        # Half a character, which UTF-8 cannot hold, becomes a question mark.
        return text.encode("utf-8", "replace")

    encode: Callable
    if kind == "bytes":

        def behind(prompt, ids):
            content = utf8(prompt) + bytes(one - 1 for one in ids)
            return content.decode("utf-8", "replace")

        return lambda text: [byte + 1 for byte in utf8(text)], behind
    if kind == "subwords_of_texts":
        import sentencepiece

        model = str(folder / "tokenizer.model")
        units = sentencepiece.SentencePieceProcessor(model_file=model)
        pieces = units.id_to_piece(list(range(len(units))))
        pieces = [
            "\n",
            "",
            "",
            "",
            *(p.replace("\u2581", " ") for p in pieces[4:]),
        ]
        encode = units.encode
    elif kind == "characters":
        known = characters(folder)
        vocabulary = json.loads((folder / "tokenizer.json").read_text("utf-8"))
        pieces = ["", "", *vocabulary["vocabulary"]]
        encode = functools.partial(map, lambda one: known.get(one, UNKNOWN))
    else:
        encode = words(folder)
        about = json.loads((folder / "words.json").read_text("utf-8"))
        pieces = about["pieces"]
    return (
        lambda text: encode(utf8(text).decode()),
        lambda prompt, ids: (
            utf8(prompt).decode() + "".join(pieces[one] for one in ids)
        ),
    )


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
    parser = Parser(description="Writes on from a prompt.")
    parser.add_argument(
        "prompt",
        nargs="?",
        metavar="PROMPT",
        help="without one, each line of standard input is one",
    )
    parser.add_argument(
        "length",
        nargs="?",
        type=int,
        help="tokens (default: 300 characters or bytes, 100 words or subwords)",
    )
    parser.add_argument(
        "temperature",
        nargs="?",
        type=float,
        default=0.8,
        help="0 takes the most probable one (default: 0.8)",
    )
    parser.add_argument("seed", nargs="?", type=int, default=0)
    parser.add_argument(
        "--batch", type=int, default=32, help="prompts at once (default: 32)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print each text as JSON, on a line"
    )
    asked = parser.parse_args()
    least_of = {"batch": 1, "length": 0, "temperature": 0, "seed": 0}
    for name, least in least_of.items():
        value = getattr(asked, name)
        if value is not None and not least <= value <= MOST:
            fail(f"{name} must be {least} to {MOST}. Received: {value}")
    try:
        prompts = [asked.prompt]
        if asked.prompt is None:
            # At a terminal, a text from its beginning.
            prompts = [] if sys.stdin.isatty() else lines_of_input()
            prompts = prompts or [""]
        writer, length = Writer(), asked.length
        if length is None:
            length = 300 if writer.kind in ("characters", "bytes") else 100
        texts = writer.write(
            prompts, length, asked.temperature, asked.seed, asked.batch
        )
    except UnicodeDecodeError:
        fail("standard input must be UTF-8.")
    except ERRORS as error:
        fail(f"{type(error).__name__}: {error}")
    for text in texts:
        print(json.dumps(text) if asked.json else text)


if __name__ == "__main__":
    main()
