"""Every model that ships, in every runtime that is installed."""

import pytest

from export import export
from export.runtimes import registry
from zoo.pretrained.registry import names


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_shipped_model(name, shipped, every_runtime, tmp_path):
    manifest = export(shipped(name), tmp_path / "out", ("onnx",))
    found = manifest["runtimes"]
    installed = registry.installed(".onnx")
    assert list(found) == [one.name for one in installed]
    for runtime in installed:
        about = found[runtime.name]
        assert about["version"] == runtime.version()
        assert "not_run" not in about
        of_required = manifest["largest_difference"]
        assert about["largest_difference"].keys() == of_required.keys()
