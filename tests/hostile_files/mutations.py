"""Files changed at random, the same way at every run."""

import io
import json
import os
import struct
import zipfile

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st


def bounded(examples):
    """So many examples; `ZOO_FUZZ` says how many more, and other ones."""
    return settings(
        max_examples=int(os.environ.get("ZOO_FUZZ", examples)),
        derandomize="ZOO_FUZZ" not in os.environ,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


# What stands in a file in the place of such a text.
_DEEP = {
    f"{kind} deep {n}": (kind, n) for kind in "[{" for n in (90, 900, 9999)
}
BYTES = st.one_of(
    st.tuples(st.just("flip"), st.floats(0, 1), st.integers(0, 7)),
    st.tuples(st.just("put"), st.floats(0, 1), st.binary(max_size=9)),
    st.tuples(st.just("insert"), st.floats(0, 1), st.binary(max_size=9)),
    st.tuples(st.just("cut"), st.floats(0, 1), st.integers(1, 64)),
    st.tuples(st.just("repeat"), st.floats(0, 1), st.integers(1, 64)),
    st.tuples(st.just("end"), st.floats(0, 1), st.none()),
    st.tuples(
        st.just("put"),
        st.floats(0, 1),
        st.sampled_from(
            [
                struct.pack(form, value)
                for form in ("<B", "<H", "<I", "<Q")
                for value in (0, 127, 128, 255)
            ]
            + [b"\xff" * 4, b"\xff" * 8, b"\x00\x00\x00\x80", b'"', b"[", b"9"]
        ),
    ),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(0, 70),
    st.sampled_from([0, -1, 8192, 8193, 2**31, 2**63, 10**40, 1e308, -0.0]),
    st.sampled_from(["", "\ud800", "\x1b[2J", "\u202e", "a" * 5000, "nan"]),
    st.sampled_from(list(_DEEP)),
    st.floats(allow_nan=True),
    st.text(max_size=8),
    st.sampled_from(["lstm", "gru", "translator", "../x", "bytes", "words"]),
    st.lists(st.integers(0, 9) | st.text(max_size=3), max_size=4),
    st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=2),
)
CHANGES = st.lists(BYTES, min_size=1, max_size=4)


def changed(content, changes):
    content = bytearray(content)
    for what, where, value in changes:
        place = int(where * len(content))
        if what == "flip" and place < len(content):
            content[place] ^= 1 << value
        elif what == "put":
            content[place : place + len(value)] = value
        elif what == "insert":
            content[place:place] = value
        elif what == "cut":
            del content[place : place + value]
        elif what == "repeat":
            content[place:place] = content[place : place + value]
        elif what == "end":
            del content[place:]
    return bytes(content)


def with_value(content, data):
    """A JSON file with one of its values, or a new one, in another's place."""
    value = json.loads(content)
    holder = value
    while True:
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        keys = list(keys)[:40]
        key = data.draw(st.sampled_from([*keys, "new"] if keys else ["new"]))
        inside = None if key == "new" else holder[key]
        if not isinstance(inside, (dict, list)) or data.draw(st.booleans()):
            break
        holder = inside
    new = data.draw(VALUES)
    action = data.draw(st.sampled_from(["put", "put", "delete", "twice"]))
    if action == "delete" and key != "new":
        del holder[key]
    elif key == "new" and isinstance(holder, list):
        holder.append(new)
    else:
        holder[key] = new
    text = json.dumps(value)
    for name, (kind, depth) in _DEEP.items():
        start, end = {"[": ("[", "]"), "{": ('{"a":', "}")}[kind]
        nested = f"{start * depth}0{end * depth}"
        text = text.replace(f'"{name}"', nested)
    return text if action != "twice" else text[:1] + '"format": 1, ' + text[1:]


def packed(files):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()
