"""An export that the servers of this folder serve."""

import pytest

from export.exporter import export


@pytest.fixture(scope="session")
def classifier_export(once, shipped):
    """The folder of a shipped classifier, as ONNX."""

    def fill(folder):
        export(shipped("imdb_gru_tiny"), folder / "export", ("onnx",))

    return once("export_for_servers", fill) / "export"
