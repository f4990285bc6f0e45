"""Operations on strings, as nodes of an ONNX graph.

Two things decide their form. Operators of onnxruntime-extensions (domain
`ai.onnx.contrib`) read a string up to its first NUL, so NUL is replaced before
them, by ONNX's own `StringSplit`. And some of them end the process where there
is no row or no column, so there is always one (`at_least_one_row`).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from export.onnx.graph import Graph

# Of operators that ONNX does not have.
DOMAIN = "ai.onnx.contrib"
# The one with the `LabelEncoder` of strings, and the first version of ONNX's
# own operators that has `StringSplit` and `StringConcat`.
LOOKUP_DOMAIN, LOOKUP_VERSION = "ai.onnx.ml", 3
OPSET = 20
# One character, or a byte that is part of none.
CHARACTER, BYTE = r"(?s)(.|\C)", r"(?s)(\C)"

Text = str | bytes


def strings(graph: Graph, values: Sequence[Text]) -> str:
    """The name of a constant of shape `(len(values),)`."""
    from onnx import helper

    name = f"{graph.prefix}strings_{len(graph.nodes)}"
    values = [_bytes(one) for one in values]
    graph.nodes.append(
        helper.make_node("Constant", [], [name], name, value_strings=values)
    )
    return name


def at_least_one_row(graph: Graph, text: str, nul: Text) -> str:
    """Adds what replaces NUL in strings, and makes one where there is none.

    Args:
        graph: where to.
        text: name of strings of shape `(batch,)`.
        nul: what stands for a NUL from now on.
    """
    rows = graph.add("Shape", text)
    # One more row, that is not empty: there is a part to join in any case.
    longer = graph.add("Concat", text, strings(graph, [" "]), axis=0)
    parts, counts = graph.add("StringSplit", longer, delimiter="\0", outputs=2)
    place = graph.add("Shape", parts, start=1, end=2)
    place = _range(graph, graph.add("Squeeze", place))
    counts = graph.add("Unsqueeze", counts, graph.constant([1]))
    # Behind the last part of a row there are empty ones.
    inside = graph.add(
        "And",
        graph.add("Greater", place, graph.constant(np.int64(0))),
        graph.add("Less", place, counts),
    )
    before = graph.add(
        "Where", inside, strings(graph, [nul]), strings(graph, [""])
    )
    joined = join(graph, graph.add("StringConcat", before, parts))
    some = graph.add("Greater", rows, graph.constant([0]))
    rows = graph.add("Max", rows, graph.constant([1]))
    kept = graph.add("Slice", joined, graph.constant([0]), rows)
    return graph.add("Where", some, kept, strings(graph, [""]))


def join(graph: Graph, parts: str) -> str:
    """Adds what joins the strings of each row, of shape `(rows, parts)`."""
    return graph.add(
        "StringJoin",
        parts,
        strings(graph, [""]),
        graph.constant([1]),
        domain=DOMAIN,
    )


def replace(graph: Graph, text: str, pattern: str, by: str) -> str:
    """Adds what replaces a regular expression of RE2 wherever it is found."""
    return graph.add(
        "StringRegexReplace",
        text,
        strings(graph, [pattern]),
        strings(graph, [by]),
        domain=DOMAIN,
        global_replace=1,
    )


def split(graph: Graph, text: str, unit: str) -> tuple[str, str]:
    """Adds what takes strings apart.

    Args:
        graph: where to.
        text: name of strings of shape `(rows,)`.
        unit: `CHARACTER` or `BYTE`.

    Returns:
        All units of all rows, and where those of each row begin, of shape
        `(rows + 1,)`.
    """
    unit_pattern = strings(graph, [unit])
    units, _, _, offsets = graph.add(
        "StringRegexSplitWithOffsets",
        text,
        unit_pattern,
        unit_pattern,
        domain=DOMAIN,
        outputs=4,
    )
    return units, offsets


def lookup(graph: Graph, keys: str, table: Mapping, default: int) -> str:
    """Adds what gives the number of each string, int64.

    Args:
        graph: where to.
        keys: name of strings of any shape.
        table: from strings to numbers.
        default: for what is not in it.
    """
    return graph.add(
        "LabelEncoder",
        keys,
        domain=LOOKUP_DOMAIN,
        keys_strings=[_bytes(one) for one in table],
        values_int64s=[int(one) for one in table.values()],
        default_int64=default,
    )


def by_table(graph: Graph, keys: str, table: Mapping[str, str]) -> str:
    """Adds what gives what each string becomes, or itself."""
    places = {one: place for place, one in enumerate(table, 1)}
    place = lookup(graph, keys, places, 0)
    becomes = strings(graph, ["", *table.values()])
    changed = graph.add("Gather", becomes, place)
    known = graph.add("Greater", place, graph.constant(np.int64(0)))
    return graph.add("Where", known, changed, keys)


def dense(graph: Graph, values: str, offsets: str, padding: str) -> str:
    """Adds what makes a matrix of the values of all rows.

    Args:
        graph: where to.
        values: of all rows, one after the other.
        offsets: where those of each row begin, of shape `(rows + 1,)`.
        padding: name of one value, of shape `(1,)`, for behind their end.

    Returns:
        The name of values of shape `(rows, longest)`, one column at least.
    """
    last = 2**31 - 1
    bounds = [graph.constant([number]) for number in (0, -1, 1, last, 1)]
    zero, before_last, one, end, axis = bounds
    begins = graph.add("Slice", offsets, zero, before_last)
    ends = graph.add("Slice", offsets, one, end)
    longest = graph.add("ReduceMax", graph.add("Sub", ends, begins), keepdims=0)
    longest = graph.add("Max", longest, graph.constant(np.int64(1)))
    place = _range(graph, longest)
    place = graph.add("Add", graph.add("Unsqueeze", begins, axis), place)
    inside = graph.add("Less", place, graph.add("Unsqueeze", ends, axis))
    behind = graph.add("Shape", values)
    values = graph.add("Concat", values, padding, axis=0)
    return graph.add(
        "Gather", values, graph.add("Where", inside, place, behind)
    )


def _range(graph: Graph, end: str) -> str:
    start, step = (graph.constant(np.int64(number)) for number in (0, 1))
    return graph.add("Range", start, end, step)


def _bytes(value: Text) -> bytes:
    return value.encode("utf-8") if isinstance(value, str) else value
