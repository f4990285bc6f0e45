"""The flags that say where to compute; read before Keras is imported."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from recipes.distribute.strategy import STRATEGIES, Distribution, build
from zoo.errors import InputError


def add(parser: argparse.ArgumentParser) -> None:
    """Adds what `distribution_from_flags` reads."""
    parser.add_argument(
        "--strategy",
        metavar="NAME",
        default="none",
        help=f"{', '.join(STRATEGIES)}: where to compute (default: none)",
    )
    parser.add_argument(
        "--workers",
        metavar="LIST",
        default="",
        help="multiworker: HOST:PORT,... of all workers, in one order on all "
        "of them (default: what TF_CONFIG says)",
    )
    parser.add_argument(
        "--index", type=int, metavar="N", help="which of them this one is, or 0"
    )
    parser.add_argument(
        "--secret-file",
        type=Path,
        metavar="FILE",
        help="what all workers know and nobody else does, for workers on "
        "several machines",
    )
    parser.add_argument(
        "--replicas",
        type=int,
        default=0,
        metavar="N",
        help="mirrored: on so many GPUs, or parts of a processor "
        "(default: all GPUs)",
    )
    parser.add_argument(
        "--xla", action="store_true", help="compile training steps by XLA"
    )


def distribution_from_flags(arguments: Sequence[str]) -> Distribution:
    """Where the flags among `arguments` say that a run is computed.

    Raises:
        InputError: for what cannot be set up.
    """
    parser = argparse.ArgumentParser(
        add_help=False, allow_abbrev=False, exit_on_error=False
    )
    add(parser)
    try:
        values, _ = parser.parse_known_args(arguments)
    except argparse.ArgumentError as error:
        raise InputError(str(error)) from error
    workers = list(filter(None, values.workers.split(",")))
    return build(
        values.strategy,
        workers,
        values.index,
        values.replicas,
        values.xla,
        secret_file=values.secret_file,
    )
