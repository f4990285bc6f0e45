"""Small folders that are whole, each test its own, and a trap for code."""

import shutil

import pytest
from untrained import untrained

from zoo.pretrained import writer


@pytest.fixture(scope="session")
def pretrained_folders(tmp_path_factory):
    """A pretrained folder of each kind that matters here."""
    made = {}
    for builder in ("feedforward", "translator"):
        made[builder] = tmp_path_factory.mktemp("tiny") / builder
        writer.save(untrained(builder), made[builder])
    return made


@pytest.fixture
def folder(pretrained_folders, tmp_path):
    return shutil.copytree(
        pretrained_folders["feedforward"], tmp_path / "in" / "tiny"
    )


@pytest.fixture
def translator(pretrained_folders, tmp_path):
    return shutil.copytree(
        pretrained_folders["translator"], tmp_path / "in" / "tiny"
    )


@pytest.fixture
def marker(tmp_path):
    """A path that code would make, if code were run."""
    return tmp_path / "executed"
