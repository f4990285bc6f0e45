"""In which runtimes the exports of the tests are verified; for conftest."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_runtime():
    """Exports are verified in ONNX Runtime alone in this process."""
    from export.runtimes import registry

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "installed", lambda suffix: [])
        yield


@pytest.fixture
def every_runtime(one_runtime, monkeypatch):
    """They are verified in all that are installed."""
    from export.runtimes import registry

    def installed(suffix):
        everything = registry.RUNTIMES.values()
        right = [one for one in everything if one.suffix == suffix]
        return [one for one in right if one.installed()]

    monkeypatch.setattr(registry, "installed", installed)
