"""Tests of what Windows does not have, left out there."""

import inspect
import os
import re

import own_signals  # noqa: F401
import pytest

_USES = re.compile(r"mkfifo|fork\(|SIGKILL|SIGHUP|SIGALRM|/dev/|symlink_to")
_MODULES = re.compile(r"^import (fcntl|resource)$", re.MULTILINE)


def pytest_ignore_collect(collection_path):
    """Leaves whole files out, which could not be imported."""
    if os.name == "nt" and collection_path.suffix == ".py":
        text = collection_path.read_text(encoding="utf-8")
        return bool(_MODULES.search(text)) or None
    return None


def leave_out(item):
    """Leaves a test out that could not run."""
    if os.name == "nt" and _USES.search(inspect.getsource(item.function)):
        item.add_marker(pytest.mark.skip(reason="needs POSIX"))
