"""Names of models that are names of folders on every system."""

import re

from zoo.errors import InputError
from zoo.printable import unprintable

# Devices of Windows, whatever stands behind a dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])(\..*)?", re.I)
_LONGEST = 200
_FORBIDDEN = '<>:"/\\|?*'


def check_name(name: str) -> None:
    """Refuses a name that a pretrained folder could not have elsewhere.

    Raises:
        InputError: for a name of a device of Windows, one that ends in a dot
            or a space, is too long, or has a character that cannot be seen or
            that Windows does not allow.
    """
    bad = [character for character in _FORBIDDEN if character in name]
    if unprintable(name) is not None:
        problem = "has a character that cannot be seen"
    elif len(name.encode("utf-8", "replace")) > _LONGEST:
        problem = f"has more than {_LONGEST} bytes"
    elif bad:
        problem = f"has {bad[0]} in it"
    elif name != name.rstrip(". "):
        problem = "ends in a dot or a space"
    elif _DEVICES.fullmatch(name):
        problem = "is the name of a device"
    else:
        return
    raise InputError(
        f"{name!r} can be no folder on Windows, as it {problem}. A pretrained "
        "folder is for every system: choose another name."
    )
