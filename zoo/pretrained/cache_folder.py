"""Where the cache is: what was fetched, and what was made to start sooner."""

import os
from pathlib import Path

from zoo.errors import InputError

CACHE = "RECURRENT_ZOO_CACHE"


def root() -> Path:
    """The cache folder; it need not be there yet.

    Raises:
        InputError: where there is no home folder for it.
    """
    chosen = os.environ.get(CACHE)
    if not chosen:
        import platformdirs

        return Path(platformdirs.user_cache_dir("recurrent-zoo"))
    try:
        return Path(chosen).expanduser().absolute()
    except RuntimeError as error:
        raise InputError(
            f"There is no home folder for {CACHE}={chosen}."
        ) from error
