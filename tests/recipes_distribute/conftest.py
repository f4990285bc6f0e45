"""Where the system cannot keep workers' ports closed, tests may open them."""

import sys

import pytest

from recipes.distribute.multiworker import OPEN_PORTS


@pytest.fixture(autouse=True)
def ports_may_be_open(monkeypatch):
    monkeypatch.delenv(OPEN_PORTS, raising=False)
    if not sys.platform.startswith("linux"):
        monkeypatch.setenv(OPEN_PORTS, "1")
