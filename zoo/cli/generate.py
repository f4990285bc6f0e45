"""The commands of language models: write a text, and score one."""

import argparse
import sys
from pathlib import Path

from zoo.argument_checks import at_least
from zoo.cli.predict import print_json
from zoo.errors import InputError


def add(command) -> None:
    """Adds the commands to the front door.

    Args:
        command: function of a name, what it runs, and a line of help, to the
            parser of its flags.
    """
    sub = command("generate", generate, "write on with language model X")
    sub.add_argument("model", metavar="X")
    prompt = sub.add_mutually_exclusive_group()
    prompt.add_argument(
        "--prompt", default="", metavar="TEXT", help="what the text begins with"
    )
    prompt.add_argument("--prompt-file", type=Path, metavar="FILE")
    _number(sub, "--length", 500, "characters (or bytes) to write, at most")
    _number(sub, "--samples", 1, "texts to write, side by side")
    _number(sub, "--temperature", 1.0, "0 is greedy")
    _number(sub, "--top-k", 0, "only the K most probable; 0: all")
    _number(sub, "--top-p", 1.0, "only the most probable, up to this sum")
    _number(sub, "--min-p", 0.0, "only those at least this share of the best")
    _number(sub, "--repetition-penalty", 1.0, "above 1 repeats less")
    _number(sub, "--beams", 0, "beam search with so many texts instead")
    sub.add_argument(
        "--seed", type=int, metavar="INT", help="default: another every time"
    )
    sub.add_argument(
        "--stop",
        action="append",
        default=[],
        metavar="TEXT",
        help="end before this text; may be given again",
    )
    _states(sub)

    sub = command("score", score, "which characters surprise language model X")
    sub.add_argument("model", metavar="X")
    sub.add_argument(
        "text", nargs="?", metavar="TEXT", help="default: standard input"
    )
    sub.add_argument("--file", type=Path, metavar="FILE", help="with the text")
    sub.add_argument("--to", type=Path, metavar="PNG", help="draw it, too")
    _states(sub)


def _number(sub, name, default, text):
    kind = type(default)
    text = f"{text} (default: {default})"
    metavar = kind.__name__.upper()
    sub.add_argument(
        name, type=kind, default=default, metavar=metavar, help=text
    )


def _states(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--from-state", type=Path, metavar="FILE", help="go on from there"
    )
    sub.add_argument(
        "--save-state", type=Path, metavar="FILE", help="to go on later"
    )
    sub.add_argument("--json", action="store_true", help="print JSON")


def generate(values):
    """`zoo generate`: shows the text while it is written."""
    import secrets

    import zoo
    from zoo.decoding import Sampling, beam, samples

    sampling = Sampling(
        values.temperature,
        values.top_k,
        values.top_p,
        values.min_p,
        values.repetition_penalty,
    )
    at_least(1, samples=values.samples)
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
    prompt = values.prompt
    if values.prompt_file:
        prompt = _read(values.prompt_file)
    stream = zoo.stream(values.model, values.from_state)
    _warn_of_unknown(stream, prompt)
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
            print(prompt, end="", flush=True)
            for piece in pieces:
                print(piece, end="", flush=True)
            print()
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
        print(f"--- {place + 1}{about}\n{prompt}{text}")


def _print_seed(values, seed):
    if values.seed is None and values.temperature > 0:
        print(f"zoo: --seed {seed} writes this again", file=sys.stderr)


def score(values):
    """`zoo score`: nats per character, in colours and as a picture."""
    import math

    from rich.console import Console

    import zoo
    from zoo.inspect import surprise

    if values.text is not None and values.file:
        raise InputError("Give a TEXT or a --file, not both.")
    if values.file:
        text = _read(values.file)
    else:
        text = sys.stdin.read() if values.text is None else values.text
    stream = zoo.stream(values.model, values.from_state)
    _warn_of_unknown(stream, text)
    scored = surprise.surprise(stream, text)
    if values.to:
        surprise.picture(scored, values.to)
    if values.save_state:
        stream.save(values.save_state)
    if values.json:
        return print_json(scored.as_json())
    Console().print(surprise.coloured(scored), soft_wrap=True)
    unit = scored.unit
    if not scored.counted:
        print("One character: nothing was expected before it.")
        return
    print(
        f"{scored.mean:.4f} nats, {scored.mean / math.log(2):.4f} bits per "
        f"{unit} (of {scored.counted}), perplexity "
        f"{math.exp(scored.mean):.3f}"
    )


def _read(path):
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: {error}") from error


def _warn_of_unknown(stream, text):
    """A text that the model cannot read whole is read, but not in silence."""
    tokenizer = stream.tokenizer
    if tokenizer.unit == "byte":
        # There is none that it does not know.
        return
    kind = tokenizer.kind
    unknown = set(tokenizer.split(text)) - set(tokenizer.vocabulary)
    if unknown:
        shown = " ".join(map(repr, sorted(unknown)[:10]))
        print(
            f"zoo: the model has never seen {shown}"
            f"{' and others' if len(unknown) > 10 else ''}; such {kind} "
            "are all the same to it",
            file=sys.stderr,
        )
