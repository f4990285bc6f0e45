"""Which models ship with the package."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "models"


def names() -> list[str]:
    """Names of the pretrained models that ship with the package."""
    return sorted(path.parent.name for path in SHIPPED.glob("*/manifest.json"))
