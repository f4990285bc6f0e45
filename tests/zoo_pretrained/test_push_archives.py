"""Archives that `zoo push` writes, and those that it does not replace."""

import zipfile

import pytest
from command_line import mistake
from fetching import zipped
from servers import send, serving

import zoo
from zoo.cli.main import main

pytest.importorskip("pooch")
pytest.importorskip("requests")
pytestmark = pytest.mark.usefixtures("cache")


@pytest.mark.thorough
def test_pushing_to_an_archive(small, tmp_path, capsys):
    first, again = tmp_path / "m.zip", tmp_path / "b" / "m.zip"
    # The first push measures; what knows its latency is left as it is.
    assert main(["push", str(small), str(tmp_path / "m")]) == 0
    for path in (first, again, again):
        capsys.readouterr()
        assert main(["push", str(tmp_path / "m"), str(path)]) == 0
    assert first.read_bytes() == again.read_bytes()
    said = capsys.readouterr().out
    with serving(lambda request: send(request, again.read_bytes())) as url:
        address = said.split()[-1].replace("https://...", url)
        trained = zoo.load(address)
    assert trained.name == "m"
    assert trained.logits(["good"]).shape == (1, 2)


@pytest.mark.thorough
def test_an_archive_of_somebody_else_stays(small, tmp_path, capsys):
    """Also if it has the names of ours, or was ours and is changed."""
    ours = tmp_path / "ours.zip"
    assert main(["push", str(small), str(ours)]) == 0
    capsys.readouterr()
    with zipfile.ZipFile(ours) as archive:
        content = {one: archive.read(one) for one in archive.namelist()}
    (card,) = (name for name in content if name.endswith("card.md"))
    for foreign in (
        {"mine.txt": b"mine"},
        {"mine/manifest.json": b'{"a": 1}', "mine/card.md": b"my own words"},
        {**content, card: b"my own words"},
    ):
        path = tmp_path / "mine.zip"
        path.write_bytes(zipped(foreign))
        before = path.read_bytes()
        line = mistake(capsys, "push", small, path)
        assert "is not the archive of" in line
        assert path.read_bytes() == before
