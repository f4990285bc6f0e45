"""Text in UTF-8 that is decoded piece by piece."""

import codecs
from collections.abc import Callable, Iterator

from zoo.errors import InputError


def characters(read: Callable[[], Iterator[bytes]], name: str) -> Iterator[str]:
    """The pieces of a text in UTF-8 as strings; a byte order mark is dropped.

    Args:
        read: opens the text; returns its pieces, as bytes.
        name: of the text, for errors.

    Raises:
        InputError: for bytes that are not UTF-8; with their line and offset.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, line, first = 0, 1, True
    for content in read():
        # Bytes of a character that the last piece began.
        pending = decoder.getstate()[0]
        try:
            text = decoder.decode(content)
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            line += error.object[: error.start].count(b"\n")
            offset += error.start - len(pending)
            raise _not_utf8(name, line, offset, byte) from error
        offset += len(content)
        line += text.count("\n")
        if text:
            yield text.removeprefix("\ufeff") if first else text
            first = False
    pending = decoder.getstate()[0]
    if pending:
        raise _not_utf8(name, line, offset - len(pending), pending[0])


def _not_utf8(name, line, offset, byte):
    return InputError(
        f"{name}, line {line}: not UTF-8 (byte 0x{byte:02x} at place "
        f"{offset}). Convert it first, say with iconv, or train on bytes: "
        "--tokens bytes"
    )
