"""What every command prints alike."""

import json
from typing import Any


def print_json(content: Any) -> None:
    """Prints JSON in ASCII, which any terminal shows and any program reads."""
    print(json.dumps(content, indent=1, ensure_ascii=True))
