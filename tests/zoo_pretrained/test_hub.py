"""Models from the hub and to it: one that is played on this machine."""

import contextlib
import threading

import pytest
from command_line import mistake
from fetching import left
from servers import COMMIT, Hub, endless, serving

import zoo
import zoo.pretrained.hub as hub_module
from zoo import pretrained
from zoo.cli.main import main
from zoo.errors import InputError, PretrainedError
from zoo.pretrained import deadline

pytest.importorskip("pooch")
pytest.importorskip("requests")
# Each test has an empty one.
pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def hub(small, monkeypatch):
    """A hub with the repository `me/small`, that the library talks to."""
    pytest.importorskip("huggingface_hub")
    files = {path.name: path.read_bytes() for path in small.iterdir()}
    # What a folder does not have stays where it is.
    files["modeling.py"] = b"raise SystemExit"
    files["pytorch_model.bin"] = b"\x80\x04K*."
    hub = Hub("me/small", files)
    with serving(hub) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        yield hub


def test_a_model_from_the_hub(hub, small, cache, capsys, monkeypatch):
    trained = zoo.load("hf://me/small")
    assert pretrained.golden_difference(trained) == 0
    assert trained.folder == cache / "hf" / "me--small" / COMMIT
    names = sorted(path.name for path in small.iterdir())
    assert sorted(path.name for path in trained.folder.iterdir()) == names
    got = {path.rpartition("/")[2] for _, path, _ in hub.asked}
    assert not {"modeling.py", "pytorch_model.bin"} & got
    hub.asked.clear()
    # A commit stays what it is: nobody is asked again.
    assert zoo.load(f"hf://me/small@{COMMIT}").name == "small"
    assert not hub.asked
    # A branch may have moved.
    zoo.load("hf://me/small@main")
    listing = "/api/models/me/small/revision/main"
    assert [path for _, path, _ in hub.asked if "small" in path] == [listing]
    # A cache of before knows it by its name.
    (seen,) = (cache / "hf" / "me--small" / "revisions").iterdir()
    seen.rename(seen.with_name("main"))
    for name in ("RECURRENT_ZOO_OFFLINE", "HF_HUB_OFFLINE"):
        hub.asked.clear()
        monkeypatch.setenv(name, "1")
        assert main(["predict", "hf://me/small", "good"]) == 0
        capsys.readouterr()
        assert main(["predict", "hf://me/other", "good"]) == 2
        err = capsys.readouterr().err
        assert f"{name} is set" in err and err.count("\n") == 1
        assert not hub.asked
        monkeypatch.delenv(name)


@pytest.mark.thorough
def test_revisions_where_some_names_are_one_or_none(hub, cache):
    """Windows takes Main for main, and opens a device for con."""
    revisions = ["main", "Main", "con", "nul.txt"]
    for revision in revisions:
        zoo.load(f"hf://me/small@{revision}")
    found = (cache / "hf" / "me--small" / "revisions").iterdir()
    names = {path.name.lower() for path in found}
    assert len(names) == len(revisions) and not names & set(revisions)


def test_a_download_from_the_hub_goes_on(hub, cache):
    hub.cut_off = {"golden.npz"}
    # Some versions of the library go on at once, others when asked again.
    with contextlib.suppress(InputError):
        zoo.load("hf://me/small")
    assert not hub.cut_off
    assert zoo.load("hf://me/small").name == "small"
    # What came whole is not fetched again.
    got = [path for way, path, _ in hub.asked if way == "GET"]
    assert sum("model.safetensors" in path for path in got) == 1
    assert sum("golden.npz" in path for path in got) == 2
    assert not [name for name in left(cache) if "part" in name]


def told(change):
    """Changes what the hub tells of each of its files."""

    def tell(info):
        for file in info["siblings"]:
            change(file)
        return info

    return tell


@pytest.mark.parametrize(
    "tell, message",
    [
        (told(lambda file: file.update(size=1 << 40)), "is the most"),
        (told(lambda file: file.pop("size")), "does not say how large"),
        (told(lambda file: file.update(size=-1)), "does not say how large"),
        (told(lambda file: file.update(size=7)), "is not 7 bytes long"),
        (lambda info: {**info, "siblings": []}, "no manifest.json"),
        (lambda info: {**info, "sha": "../../evil"}, "has no commit"),
    ],
)
def test_a_repository_that_is_refused(hub, cache, tell, message):
    hub.tell = tell
    with pytest.raises(PretrainedError, match=message):
        zoo.load("hf://me/small")
    assert not cache.exists() or not left(cache)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "tell",
    [
        lambda info: [],
        lambda info: {},
        lambda info: {**info, "siblings": [None]},
        lambda info: {**info, "siblings": [{"rfilename": ["x"]}]},
        lambda info: {**info, "siblings": {"a": 1}},
        lambda info: {**info, "siblings": 5},
        lambda info: {**info, "sha": None},
        lambda info: {**info, "sha": ["x"]},
        told(lambda file: file.update(size="7")),
        told(lambda file: file.update(size=1e308)),
        told(lambda file: file.update(lfs="x")),
    ],
)
def test_a_hub_that_answers_in_other_types(hub, cache, tell):
    hub.tell = tell
    with pytest.raises(InputError):
        zoo.load("hf://me/small")
    assert not cache.exists() or not left(cache)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("manifest.json", b'{"format": 1, "files": {"x.py": "0"}}', "names"),
        ("manifest.json", b"[" * 60_000, "must be JSON"),
        ("card.md", b"changed", "card.md has been changed"),
        ("card.md", None, "has no card.md"),
    ],
)
def test_a_folder_of_the_hub_that_is_refused(
    hub, cache, name, content, message
):
    if content is None:
        del hub.files[name]
    else:
        hub.files[name] = content
    with pytest.raises(PretrainedError, match=message):
        zoo.load("hf://me/small")
    assert not left(cache)


@pytest.mark.parametrize(
    "status, word, message",
    [
        (403, "GatedRepo", "for those who were let in"),
        (404, "RevisionNotFound", "has no such revision"),
        (404, "RepoNotFound", "is private: then log in"),
        (403, "", "needs a token"),
        (418, "", "the hub answered 418"),
    ],
)
def test_a_hub_that_refuses(hub, cache, capsys, status, word, message):
    hub.refusal = (status, word)
    assert main(["show", "hf://me/small"]) == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
    assert not cache.exists()


def test_a_hub_that_cannot_be_reached(hub, capsys, monkeypatch):
    assert main(["show", "hf://me/other"]) == 2
    err = capsys.readouterr().err
    assert "There is no hf://me/other" in err and err.count("\n") == 1
    hub.tell = lambda info: ["a page to log in"]
    assert main(["show", "hf://me/small"]) == 2
    assert "what cannot be read" in capsys.readouterr().err
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    assert main(["show", "hf://me/small"]) == 2
    err = capsys.readouterr().err
    assert "could not be reached" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "start, again",
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    ],
)
def test_a_hub_that_never_ends(hub, monkeypatch, start, again):
    monkeypatch.setattr(hub_module, "PATIENCE", 0.3)
    with endless(start, again) as (host, _):
        monkeypatch.setenv("HF_ENDPOINT", f"http://{host}")
        with pytest.raises(InputError, match="the hub is too slow"):
            zoo.load("hf://me/small")
    all_left()


def all_left():
    """Waits for what a server that is gone now kept."""
    for thread in threading.enumerate():
        if thread.name == deadline.THREAD:
            thread.join(20)


def test_a_file_of_the_hub_that_never_comes(hub, cache, monkeypatch):
    monkeypatch.setattr(hub_module, "PATIENCE", 0.5)
    over = threading.Event()
    answer = hub._file

    def file(request, name):
        if name == "golden.npz":
            over.wait(20)
        answer(request, name)

    monkeypatch.setattr(hub, "_file", file)
    try:
        with pytest.raises(InputError, match="the hub is too slow"):
            zoo.load("hf://me/small")
    finally:
        over.set()
        all_left()


@pytest.mark.thorough
def test_pushing_to_the_hub(hub, small, capsys, monkeypatch):
    words = ["push", str(small), "hf://me/small"]
    assert main(words) == 2
    err = capsys.readouterr().err
    assert "hf auth login" in err and err.count("\n") == 1
    assert not hub.pushed
    monkeypatch.setenv("HF_TOKEN", hub.token)
    hub.files["source.model"] = b"of an earlier model"
    manifest = hub.files.pop("manifest.json")
    assert "is no pretrained folder" in mistake(capsys, *words)
    assert not hub.pushed
    hub.files["manifest.json"] = manifest
    assert main([*words, "--private"]) == 0
    assert hub.private
    assert capsys.readouterr().out == "small is now hf://me/small\n"
    assert hub.pushed.pop("source.model") is None
    names = {path.name for path in small.iterdir()}
    assert hub.pushed.keys() == {*names, "README.md"}
    page = hub.pushed.pop("README.md").decode()
    assert page.startswith("---\n") and "\nlicense: unknown\n" in page
    assert 'zoo.load("hf://me/small")' in page
    # The folder's own card is another.
    assert hub.pushed["card.md"].startswith(b"# small\n")
    hub.files = {**hub.pushed, "README.md": page.encode()}
    assert zoo.load("hf://me/small").about["latency"]["milliseconds"] > 0


@pytest.mark.parametrize(
    "words, message",
    [
        (["hf://me/small@v2"], "leave out @v2"),
        (["hf://me"], "hf://OWNER/NAME or"),
        (["https://a.example/x.zip"], "to a folder, a .zip or hf://"),
        (["folder", "--private"], "can be private"),
        (["folder", "--weights", "int4"], "`weights` must be one of"),
    ],
)
def test_a_target_that_cannot_be(small, capsys, words, message):
    assert main(["push", str(small), *words]) == 2
    assert message in capsys.readouterr().err
