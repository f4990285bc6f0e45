"""`zoo translate`: a translator translates texts, and shows where it looked."""

import itertools
import sys
from pathlib import Path

from zoo.argument_checks import at_least
from zoo.cli import bulk, refuse
from zoo.cli.output import print_json, print_rich
from zoo.cli.parser import Parser, command_parser
from zoo.cli.standard_streams import text_of_input
from zoo.decoding.search_settings import BeamSearch, Sampling
from zoo.errors import InputError
from zoo.io.files import read_given
from zoo.io.table_file import is_table
from zoo.printable import printable

# Sentences of a table that are sorted by length together.
_AT_ONCE = 1_024
# Of a file of sentences, which is read at once.
_LARGEST = 1 << 30


def translate(arguments: list[str]) -> None:
    """Prints a line for each text, more with --nbest."""
    values = _parser().parse_intermixed_args(arguments)
    at_least(1, nbest=values.nbest)
    at_least(0, seed=values.seed)
    draws = values.temperature != 0
    if draws and values.nbest > 1:
        raise InputError("--nbest ranks what a search finds: no --temperature.")
    if values.texts and values.file:
        raise InputError("Texts come from the command line or from --file.")
    if not values.show_attention:
        bulk.check(values.file, values.to)
    search = BeamSearch(
        max(values.beams, values.nbest) if values.beams > 0 else values.beams,
        values.length_penalty,
        values.coverage_penalty,
    )
    sampling = Sampling(values.temperature) if draws else None
    refuse.model(values.model, "translator")
    refuse.missing_file(values.file)
    refuse.no_place(values.to, folder=values.show_attention)
    if not values.file and not values.texts:
        text_of_input()

    import zoo
    from zoo.tasks import Translator, require

    task = require(zoo.load(values.model), Translator)
    translator = task.decoder

    def answers(texts, number):
        """Translations of texts, the first of which is text `number`."""
        if sampling is not None:
            return [
                [one]
                for one in translator.translate(
                    texts, sampling, values.copy_unknown, values.seed + number
                )
            ]
        return translator.n_best(
            texts, values.nbest, search, values.copy_unknown
        )

    if values.to and not values.show_attention:
        return _to_file(values, answers, task.about)
    rows, number = [], 0
    for texts in _batches(values, task.about):
        for text, found in zip(texts, answers(texts, number), strict=True):
            number += 1
            if values.json:
                rows.append(_row(translator, text, found, values))
            else:
                _print(found, values.nbest)
            if values.show_attention:
                _show(translator, text, found[0], values, number)
    if values.json:
        print_json(rows)


def _parser() -> Parser:
    parser = command_parser("translate")
    parser.add_argument("model", metavar="X")
    parser.add_argument(
        "texts",
        nargs="*",
        metavar="TEXT",
        help="sentences; without any, each line of standard input is one, "
        "translated as it comes (with --json, printed at the end)",
    )
    parser.add_argument(
        "--file",
        type=Path,
        metavar="FILE",
        help="a sentence a line, or a table: .csv, .tsv, .jsonl, .json, "
        ".parquet",
    )
    for name, default, text in (
        ("--beams", 5, "beams of the search; 1: greedy"),
        ("--length-penalty", 1.0, "0 favours short translations"),
        ("--coverage-penalty", 0.0, "above 0, leave nothing out"),
        ("--nbest", 1, "translations of each, with their scores"),
        ("--temperature", 0.0, "above 0, draw instead of searching"),
        ("--seed", 0, "of the draws"),
    ):
        parser.add_number(name, default, text)
    parser.add_argument(
        "--copy-unknown",
        action="store_true",
        help="take words that it does not know over from the source",
    )
    parser.add_argument(
        "--show-attention",
        action="store_true",
        help="where it looked, in the terminal",
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="write the translations of --file there (.csv, .tsv, .jsonl, "
        ".parquet) as they come; with --show-attention a folder for pictures",
    )
    bulk.add_flags(parser)
    parser.add_json()
    return parser


def _batches(values, about):
    """Texts, as many at once as there are without waiting for more."""
    if values.texts:
        yield values.texts
    elif values.file and is_table(values.file):
        yield list(bulk.texts(bulk.table(values, about)))
    elif values.file:
        try:
            content = read_given(values.file, _LARGEST)
            text = content.decode("utf-8-sig")
            # As reading by lines has it.
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as error:
            number = error.object[: error.start].count(b"\n") + 1
            raise InputError(
                f"{values.file}, line {number}: not UTF-8."
            ) from error
        lines = text.split("\n")
        yield lines[:-1] if lines[-1] == "" else lines
    else:
        for line in text_of_input():
            yield [line.rstrip("\n")]


def _to_file(values, answers, about):
    """Writes a table; with --nbest, several columns of translations."""
    ranks = [""] if values.nbest == 1 else range(1, values.nbest + 1)
    columns = [
        f"{name}{f'_{rank}' * bool(rank)}"
        for rank in ranks
        for name in ("translation", "score")
    ]

    def translated(texts):
        number = 0
        while some := list(itertools.islice(texts, _AT_ONCE)):
            number, first = number + len(some), number
            for found in answers(some, first):
                both = [part for one in found for part in (one.text, one.score)]
                # An empty text has one translation, an empty one.
                rest = [None] * (len(columns) - len(both))
                yield dict(zip(columns, both + rest, strict=True))

    table = bulk.table(values, about)
    bulk.answer(table, values.to, ["text", *columns], translated)


def _print(found, nbest):
    for one in found:
        # A translation is one line, whatever the model wrote.
        text = printable(" ".join(one.text.split()))
        print(text if nbest == 1 else f"{one.score:.4f}\t{text}", flush=True)
    if nbest > 1:
        print(flush=True)


def _row(translator, text, found, values):
    row = {
        "text": text,
        "translations": [
            {"text": one.text, "score": one.score, "ended": one.ended}
            for one in found
        ],
    }
    if values.show_attention and text.split() and found[0].ids:
        source, target, weights = translator.attention(text, found[0].ids)
        row["attention"] = {
            "source": source,
            "target": target,
            "weights": weights.tolist(),
        }
    return row


def _show(translator, text, translation, values, number):
    from zoo.inspect.attention import coloured, picture

    if not translation.ids:
        return
    source, target, weights = translator.attention(text, translation.ids)
    if not values.json:
        print_rich(coloured(source, target, weights), soft_wrap=True)
    if values.to:
        path = values.to / f"attention_{number}.png"
        picture(source, target, weights, path)
        print(f"Picture: {printable(path)}", file=sys.stderr)
