"""`zoo generate`: a language model writes on."""

import itertools
import secrets
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from zoo.cli import refuse
from zoo.cli.language_model import add_states, read_text, warn_of_unknown
from zoo.cli.output import print_json
from zoo.cli.parser import Parser, command_parser
from zoo.decoding.bounds import check_beams, check_samples
from zoo.decoding.search_settings import Sampling
from zoo.errors import InputError
from zoo.printable import printable


def generate(arguments: list[str]) -> None:
    """Shows the text while it is written."""
    values = _parser().parse_intermixed_args(arguments)
    sampling = Sampling(
        values.temperature,
        values.top_k,
        values.top_p,
        values.min_p,
        values.repetition_penalty,
    )
    check_samples(
        values.samples, values.length, values.seed or 0, counted="samples"
    )
    if values.beams and (sampling != Sampling() or values.seed is not None):
        raise InputError(
            "--beams draws nothing: leave out --seed and what says how to draw."
        )
    seed = secrets.randbelow(2**31) if values.seed is None else values.seed
    many = values.samples > 1 or values.beams
    if values.save_state and many:
        raise InputError(
            "--save-state keeps one text: no --samples, no --beams."
        )
    if values.beams < 0 or (values.beams and values.samples > 1):
        raise InputError("--beams must be above 0, and without --samples.")
    if values.beams:
        check_beams(values.beams, values.length)
    prompt = values.prompt
    if values.prompt_file:
        prompt = read_text(values.prompt_file)
    refuse.model(values.model, "language_model")
    refuse.missing_file(values.from_state)
    refuse.no_place(values.save_state)

    import zoo
    from zoo.decoding import beam, samples

    stream = zoo.stream(values.model, values.from_state)
    warn_of_unknown(stream, prompt)
    if prompt:
        stream.feed(prompt)
    answer = {"prompt": prompt, "seed": seed}
    if values.beams:
        best = beam(stream, values.beams, values.length, values.stop)
        answer = {"prompt": prompt, "texts": [text for text, _ in best]}
        answer["log_probabilities"] = [value for _, value in best]
    elif many:
        answer["texts"] = samples(
            stream, values.samples, values.length, sampling, seed, values.stop
        )
    else:
        pieces = stream.generate(values.length, sampling, seed, values.stop)
        if not values.json:
            _print_seed(values, seed)
            for piece in _shown(itertools.chain([prompt], pieces), values.raw):
                print(piece, end="", flush=True)
            print()
        else:
            answer["texts"] = ["".join(pieces)]
        if values.save_state:
            stream.save(values.save_state)
    if values.json:
        return print_json(answer)
    if not many:
        return
    if not values.beams:
        _print_seed(values, seed)
    for place, text in enumerate(answer["texts"]):
        about = ""
        if values.beams:
            about = (
                f", log-probability {answer['log_probabilities'][place]:.2f}"
            )
        shown = "".join(_shown([prompt, text], values.raw))
        print(f"--- {place + 1}{about}\n{shown}")


def _parser() -> Parser:
    parser = command_parser("generate")
    parser.add_argument("model", metavar="X")
    prompt = parser.add_mutually_exclusive_group()
    prompt.add_argument(
        "--prompt", default="", metavar="TEXT", help="what the text begins with"
    )
    prompt.add_argument("--prompt-file", type=Path, metavar="FILE")
    for name, default, text in (
        ("--length", 500, "characters (or bytes) to write, at most"),
        ("--samples", 1, "texts to write, side by side"),
        ("--temperature", 1.0, "0 is greedy"),
        ("--top-k", 0, "only the K most probable; 0: all"),
        ("--top-p", 1.0, "only the most probable, up to this sum"),
        ("--min-p", 0.0, "only those at least this share of the best"),
        ("--repetition-penalty", 1.0, "above 1 repeats less"),
        ("--beams", 0, "beam search with so many texts instead"),
    ):
        parser.add_number(name, default, text)
    parser.add_argument(
        "--seed", type=int, metavar="INT", help="default: another every time"
    )
    parser.add_argument(
        "--stop",
        action="append",
        default=[],
        metavar="TEXT",
        help="end before this text; may be given again",
    )
    parser.add_argument(
        "--raw",
        action="store_true",
        help="control characters as they are: for a file, not a terminal",
    )
    add_states(parser)
    parser.add_json()
    return parser


def _shown(pieces: Iterable[str], raw: bool) -> Iterator[str]:
    """A text as it is printed: its control characters are seen, not obeyed."""
    held = ""
    for piece in pieces:
        if raw:
            yield piece
            continue
        # Half a line end of Windows waits for the other half.
        text = held + piece
        held = "\r" if text.endswith("\r") else ""
        yield printable(text[: len(text) - len(held)], keep="\n\t")
    yield printable(held)


def _print_seed(values, seed):
    if values.seed is None and values.temperature > 0:
        print(f"zoo: --seed {seed} writes this again", file=sys.stderr)
