"""In which runtimes the exports of the tests are verified; for conftest."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_runtime():
    """Exports are verified in ONNX Runtime alone in this process.

    Returns:
        What finds the others.
    """
    from export.runtimes import registry

    real = registry.installed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "installed", lambda suffix: [])
        yield real


@pytest.fixture
def every_runtime(one_runtime, monkeypatch):
    """They are verified in all that are installed."""
    from export.runtimes import registry

    monkeypatch.setattr(registry, "installed", one_runtime)
