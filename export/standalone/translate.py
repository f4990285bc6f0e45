"""Translates with encoder.onnx and decoder_step.onnx, by beam search. Needs
Python, NumPy, onnxruntime and sentencepiece alone.

    python translate.py "Ein Hund läuft." [BEAMS] [LENGTH_PENALTY]
    python translate.py --batch 16 < sentences.txt
"""

import argparse
import io
import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

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
PADDING, UNKNOWN, START, END = range(4)
LONGEST = 2000
# As in `zoo translate`: of a translation that was cut off, float32 tells less.
CUT_OFF = np.float32(-1e6)
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


class Translator:
    """The exported model: `Translator().translate(["Ein Hund läuft."])`.

    Args:
        folder: of the export; by default that of this script.
    """

    def __init__(self, folder: Path | str = HERE):
        import sentencepiece

        folder = Path(folder)
        content = (folder / "tokenizer.json").read_text("utf-8")
        shared = json.loads(content)["shared"]
        names = ["tokenizer"] * 2 if shared else ["source", "target"]
        self.source, self.target = (
            sentencepiece.SentencePieceProcessor(
                model_file=str(folder / f"{name}.model")
            )
            for name in names
        )
        self.encoder, self.decoder = (
            onnxruntime.InferenceSession(str(folder / f"{name}.onnx"))
            for name in ("encoder", "decoder_step")
        )

    def translate(
        self,
        texts: list[str],
        beams: int = 5,
        penalty: float = 1.0,
        batch: int = 16,
    ) -> list[list[tuple[str, float]]]:
        """Of each text the translations of a beam and their scores, best first.

        Raises:
            ValueError: for a text of more than 2,000 units.
        """
        texts = [t.encode("utf-8", "replace").decode("utf-8") for t in texts]
        ids = [self.source.encode(text) for text in texts]
        longest = max(map(len, ids), default=0)
        if longest > LONGEST:
            raise ValueError(
                f"A text has {longest} units, more than {LONGEST}. Translate "
                "its sentences one by one."
            )
        answers = [[("", 0.0)] for _ in texts]
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        order = [place for place in order if ids[place]]
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            rows = [ids[place] for place in places]
            for place, found in zip(
                places, self._search(rows, beams, penalty), strict=True
            ):
                answers[place] = [
                    (self.target.decode(row), float(score))
                    for row, score in found
                ]
        return answers

    def _search(self, sources, beams, penalty):
        """The best rows of ids of each source, and their scores."""
        width = max(map(len, sources))
        padded = [row + [PADDING] * (width - len(row)) for row in sources]
        values = run(self.encoder, {"source_ids": np.array(padded)})
        values = {name: x.repeat(beams, axis=0) for name, x in values.items()}
        limits = [3 * len(row) + 30 for row in sources]
        rows: list = [[[] for _ in range(beams)] for _ in sources]
        # At first all beams are the same.
        totals = [np.array([0.0] + [-np.inf] * (beams - 1)) for _ in sources]
        ended: list = [[] for _ in sources]
        going_on = list(range(len(sources)))
        for length in range(1, max(limits) + 1):
            last = [
                [r[-1] if r else START] for one in going_on for r in rows[one]
            ]
            step = run(self.decoder, values | {"target_ids": np.array(last)})
            log_p = log_softmax(step["logits"]).reshape(
                len(going_on), beams, -1
            )
            chosen, still = [], []
            for place, one in enumerate(going_on):
                every = (totals[one][:, None] + log_p[place]).ravel()
                best = np.argsort(-every, kind="stable")[: 2 * beams]
                kept = []
                for rank, index in enumerate(best.tolist()):
                    parent, token = divmod(index, log_p.shape[2])
                    if token != END:
                        kept.append((parent, token, every[index]))
                    elif rank < beams:
                        score = scored(every[index], length, penalty)
                        ended[one].append((rows[one][parent], score))
                kept = kept[:beams]
                rows[one] = [rows[one][parent] + [t] for parent, t, _ in kept]
                totals[one] = np.array([total for *_, total in kept])
                if len(ended[one]) < beams and length < limits[one]:
                    still.append(one)
                    chosen += [place * beams + parent for parent, *_ in kept]
            if not still:
                break
            first = {one: place * beams for place, one in enumerate(going_on)}
            same = [first[one] + beam for one in still for beam in range(beams)]
            values = {
                name: step[f"next_{name}"][chosen]
                if f"next_{name}" in step
                else x[same]
                for name, x in values.items()
            }
            going_on = still
        return [
            self._ranked(*found, beams, penalty)
            for found in zip(ended, rows, totals, limits, strict=True)
        ]

    def _ranked(self, ended, rows, totals, limit, beams, penalty):
        """The best ones; behind what has ended, what was cut off."""
        every = [(row, np.float32(score)) for row, score in ended]
        if len(every) < beams:
            scores = scored(totals, limit, penalty).astype("float32") + CUT_OFF
            every += zip(rows, scores, strict=True)
        every.sort(key=lambda pair: -pair[1])
        return [
            (row, score if score > CUT_OFF else score - CUT_OFF)
            for row, score in every[:beams]
            if score > -np.inf
        ]


def scored(total: Any, length: int, penalty: float) -> Any:
    """The score of a translation of so many units, its end included."""
    return total / ((5 + length) / 6) ** penalty


def log_softmax(logits: np.ndarray) -> np.ndarray:
    logits = logits.astype("float64")
    logits[:, [PADDING, UNKNOWN, START]] = -np.inf
    logits -= logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def run(session: Any, inputs: dict[str, np.ndarray]) -> dict:
    """What a session gives, by name, of those of its inputs that it has."""
    given = {
        x.name: inputs[x.name].astype(TYPES.get(x.type, inputs[x.name].dtype))
        for x in session.get_inputs()
    }
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(None, given), strict=True))


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
        description="Prints the translations that a beam search finds, best "
        "first, with their scores; of each line of standard input, the best."
    )
    parser.add_argument("text", nargs="?", metavar="TEXT")
    parser.add_argument(
        "beams", nargs="?", type=int, default=5, help="(default: 5)"
    )
    parser.add_argument(
        "penalty",
        nargs="?",
        type=float,
        default=1.0,
        help="for short translations; 0 for none (default: 1)",
    )
    parser.add_argument(
        "--batch", type=int, default=16, help="texts at once (default: 16)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print all of a text as JSON"
    )
    asked = parser.parse_args()
    bounds = {"batch": (1, 10_000), "beams": (1, 100), "penalty": (0, 10)}
    for name, (least, most) in bounds.items():
        value = getattr(asked, name)
        if not least <= value <= most:
            fail(f"{name} must be {least} to {most}. Received: {value}")
    try:
        texts = [asked.text]
        if asked.text is None:
            if sys.stdin.isatty():
                fail("a text is needed, as an argument or in standard input.")
            texts = lines_of_input()
        answers = Translator().translate(
            texts, asked.beams, asked.penalty, asked.batch
        )
    except UnicodeDecodeError:
        fail("standard input must be UTF-8.")
    except ERRORS as error:
        fail(f"{type(error).__name__}: {error}")
    for found in answers:
        if asked.json:
            print(json.dumps([{"text": t, "score": s} for t, s in found]))
        elif asked.text is None:
            print(found[0][0])
        else:
            for text, score in found:
                print(f"{score:.4f}\t{text}")


if __name__ == "__main__":
    main()
