"""`python -m zoo`: the `zoo` command."""

import os
import sys
from pathlib import Path

# Python looks for modules in the folder of the user first. A file of theirs
# that is called `recipes.py` or `export.py` must not take the place of ours.
_OURS = str(Path(__file__).resolve().parents[1])
try:
    _HERE = os.getcwd()
except OSError:
    # It is gone, and holds no files of theirs.
    _HERE = ""
if sys.path[0] in ("", _HERE) and _HERE != _OURS:
    del sys.path[0]

from zoo.cli.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
