"""`python -m zoo`: the `zoo` command."""

import os
import sys
from pathlib import Path

# Python looks for modules in the folder of the user first. A file of theirs
# that is called `recipes.py` or `export.py` must not take the place of ours.
_OURS = str(Path(__file__).resolve().parents[1])
if sys.path[0] in ("", os.getcwd()) and os.getcwd() != _OURS:
    del sys.path[0]

from zoo.cli.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
