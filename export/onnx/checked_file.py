"""An ONNX file looked through before ONNX Runtime opens it.

A tensor of an ONNX model may say that its numbers lie in another file, by a
path; ONNX Runtime would read it. What this package exports is one file, so one
that refers to another is not its own, and is refused.
"""

from pathlib import Path

from export.errors import ConversionError
from zoo.io.files import read_plain

# What a protocol buffer can hold.
_LARGEST = (1 << 31) - 1


def checked(path: Path) -> bytes:
    """What an ONNX file holds, if it is all in this file.

    Raises:
        PretrainedError: for a file that is missing, a link, or too large.
        ConversionError: for one that is no ONNX file, or refers to another.
    """
    import onnx
    from google.protobuf.message import DecodeError

    content = read_plain(path, _LARGEST)
    try:
        model = onnx.load_model_from_string(content)
    except DecodeError as error:
        raise ConversionError(f"{path} is no ONNX file: {error}") from error
    waiting = [model]
    while waiting:
        message = waiting.pop()
        if isinstance(message, onnx.TensorProto):
            external = message.data_location == onnx.TensorProto.EXTERNAL
            if external or message.external_data:
                raise ConversionError(
                    f"{path} refers to another file for its tensor "
                    f"{message.name[:80]!r}. It must be one file."
                )
            continue
        for field, value in message.ListFields():
            if field.message_type:
                # One message, or several of them.
                one = hasattr(value, "ListFields")
                waiting += [value] if one else value
    return content
