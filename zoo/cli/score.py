"""`zoo score`: how much each character surprises a language model."""

import math
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from zoo.cli import bulk, refuse
from zoo.cli.language_model import add_states, read_text, warn_of_unknown
from zoo.cli.output import print_json, print_rich
from zoo.cli.parser import Parser, command_parser
from zoo.cli.standard_streams import text_of_input
from zoo.errors import InputError
from zoo.io.table_file import is_table


def score(arguments: list[str]) -> None:
    """Prints nats per character, in colours, and draws them."""
    values = _parser().parse_intermixed_args(arguments)
    if values.text is not None and values.file:
        raise InputError("Give a TEXT or a --file, not both.")
    in_bulk = values.to is not None and is_table(values.to)
    if in_bulk:
        bulk.check(values.file, values.to)
        if values.from_state or values.save_state or values.json:
            raise InputError(
                "A file of scores holds texts that have nothing to do with "
                "each other: no --from-state, --save-state or --json."
            )
    refuse.model(values.model, "language_model")
    refuse.missing_file(values.from_state)
    refuse.no_place(values.save_state)
    refuse.no_place(values.to)
    if in_bulk:
        refuse.missing_file(values.file)
        return _to_file(values)
    if values.file:
        text = read_text(values.file)
    else:
        given = values.text
        text = text_of_input().read() if given is None else given

    import zoo
    from zoo.inspect import surprise

    stream = zoo.stream(values.model, values.from_state)
    warn_of_unknown(stream, text)
    scored = surprise.surprise(stream, text)
    if values.to:
        surprise.picture(scored, values.to)
    if values.save_state:
        stream.save(values.save_state)
    if values.json:
        return print_json(scored.as_json())
    print_rich(surprise.coloured(scored), soft_wrap=True)
    unit = scored.unit
    if not scored.counted:
        print("One character: nothing was expected before it.")
        return
    print(
        f"{scored.mean:.4f} nats, {scored.mean / math.log(2):.4f} bits per "
        f"{unit} (of {scored.counted}), perplexity "
        f"{math.exp(scored.mean):.3f}"
    )


def _to_file(values: Namespace) -> None:
    """A row for each text: its tokens, nats and perplexity."""
    import zoo
    from zoo.tasks import LanguageModel, require
    from zoo.text.tokenizer import unknown_share

    task = require(zoo.load(values.model), LanguageModel)
    columns = ["text", "tokens", "nats", "nats_per_token", "perplexity"]
    columns.append("unknown_share")

    def scored(texts: Iterator[str]) -> Iterator[dict]:
        for text in texts:
            ids = task.tokenizer.encode(text)
            unknown = {"unknown_share": unknown_share(task.tokenizer, ids)}
            yield task.score([text])[0] | unknown

    bulk.answer(bulk.table(values, task.about), values.to, columns, scored)


def _parser() -> Parser:
    parser = command_parser("score")
    parser.add_argument("model", metavar="X")
    parser.add_argument(
        "text", nargs="?", metavar="TEXT", help="default: standard input"
    )
    parser.add_argument(
        "--file",
        type=Path,
        metavar="FILE",
        help="with it; with --to a table, texts: .csv, .tsv, .jsonl, .json, "
        ".parquet, .txt",
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="a .png: draw it, too; a table (.csv, .tsv, .jsonl, .parquet): "
        "a row for each text of --file",
    )
    bulk.add_flags(parser)
    add_states(parser)
    parser.add_json()
    return parser
