"""Models from addresses: archives, the cache, two processes, no network."""

import contextlib
import json
import subprocess
import sys
import threading
import time

import pytest
from fetching import digest, left, zipped
from servers import send, serving

import export
import zoo
from zoo import pretrained
from zoo.cli.main import main
from zoo.errors import InputError, PretrainedError
from zoo.pretrained.cache import root

pytest.importorskip("pooch")
pytest.importorskip("requests")
# Each test has an empty one.
pytestmark = pytest.mark.usefixtures("cache")


@pytest.mark.parametrize(
    "url, sha256, message",
    [
        ("https://a.example/x.zip", None, "needs its SHA-256"),
        ("https://a.example/x.zip?key=1", None, "a.example/x.zip needs"),
        ("https://a.example/x.zip", "12", "64 hexadecimal digits"),
        ("https://a.example/x.zip#md5=12", None, "only sha256=HEX"),
        (f"https://a.example/x.zip#sha256={'0' * 64}", "1" * 64, "different"),
        ("https://a.example/x.pkl", "0" * 64, "must be a .zip of a"),
        ("https://a.example/x.tar.gz", "0" * 64, "No other archive is read"),
        ("http://a.example/x.zip", "0" * 64, "is not encrypted"),
        ("http://127.0.0.1.a.example/x.zip", "0" * 64, "is not encrypted"),
        ("https://me:secret@a.example/x.zip", "0" * 64, "without a name"),
        ("https:///x.zip", "0" * 64, "must be https://HOST"),
        ("https://a.example:x/x.zip", "0" * 64, "is no address"),
        ("https://a.example/\xe4.zip", "0" * 64, "is no address"),
        ("https://a.example/a b.zip", "0" * 64, "is no address"),
        ("ftp://a.example/x.zip", None, "come from hf:// and https://"),
        ("file:///etc/passwd", None, "come from hf:// and https://"),
        ("imdb_gru_base", "0" * 64, "for https:// addresses alone"),
        ("hf://a/b", "0" * 64, "pinned by its commit"),
        ("hf://a", None, "hf://OWNER/NAME or"),
        ("hf://a/b/c", None, "hf://OWNER/NAME or"),
        ("hf://a/..", None, "hf://OWNER/NAME or"),
        ("hf://a/b@../c", None, "hf://OWNER/NAME or"),
        ("hf://a/b@x\ny", None, "hf://OWNER/NAME or"),
    ],
)
def test_an_address_that_cannot_be(cache, url, sha256, message):
    with pytest.raises(InputError, match=message) as caught:
        zoo.load(url, sha256)
    assert "secret" not in str(caught.value)
    assert not cache.exists()


def test_where_the_cache_is(cache, monkeypatch):
    assert root() == cache
    monkeypatch.delenv("RECURRENT_ZOO_CACHE")
    assert root().name == "recurrent-zoo" and root().is_absolute()


def test_fetching_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for source in (f"https://a.example/x.zip#sha256={digest(b'')}", "hf://a/b"):
        with pytest.raises(InputError, match=r'"recurrent-zoo\[hub\]"'):
            zoo.load(source)


def test_a_model_from_an_address(small, archive, cache, capsys):
    asked = []

    def answer(request):
        asked.append(request.path)
        send(request, archive)

    with serving(answer) as url:
        url = f"{url}/x.zip"
        trained = zoo.load(url, sha256=digest(archive).upper())
        assert main(["predict", f"{url}#sha256={digest(archive)}", "good"]) == 0
    assert asked == ["/x.zip"]
    # The server is gone; the cache answers, in another way to say it too.
    assert main(["predict", f"{url}#sha256={digest(archive)}", "good"]) == 0
    assert pretrained.golden_difference(trained) == 0
    held = cache / "https" / digest(archive)
    assert trained.folder == held
    assert left(cache) == sorted(
        f"https/{held.name}/{name}"
        for name in ("archive.zip", *(path.name for path in small.iterdir()))
    )
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == out.splitlines()[1]
    assert f"fetching {url}\n" in err


@pytest.mark.thorough
def test_every_command_takes_an_address(archive, tmp_path, capsys, monkeypatch):
    # What it writes is tested elsewhere, and takes its time.
    written = {"largest_difference": {}}
    monkeypatch.setattr(export, "export", lambda *_, **__: written)
    with serving(lambda request: send(request, archive)) as url:
        x = f"{url}/small.zip#sha256={digest(archive)}"
        for words in (
            ["show", x],
            ["predict", x, "good"],
            ["inspect", x, "--gradient-flow", "--to", str(tmp_path / "to")],
            ["push", x, str(tmp_path / "again")],
            ["export", x, "--to", str(tmp_path / "out")],
        ):
            assert main(words) == 0, words
        # These need another kind of model, and know that by having loaded it.
        for words in (["generate", x], ["score", x, "a"], ["translate", x]):
            assert main(words) == 2
            assert "small is a classifier" in capsys.readouterr().err
        assert main(["evaluate", x]) == 2
        assert "how it was trained" in capsys.readouterr().err
    assert zoo.load(tmp_path / "again").name == "again"
    assert (tmp_path / "to" / "gradient_small.png").exists()


def test_offline(archive, cache, capsys, monkeypatch):
    monkeypatch.setenv("RECURRENT_ZOO_OFFLINE", "1")
    with serving(lambda request: send(request, archive)) as url:
        x = f"{url}/x.zip#sha256={digest(archive)}"
        assert main(["predict", x, "good"]) == 2
        err = capsys.readouterr().err
        assert "RECURRENT_ZOO_OFFLINE is set" in err and err.count("\n") == 1
        assert not cache.exists()
        monkeypatch.delenv("RECURRENT_ZOO_OFFLINE")
        zoo.load(x)
    monkeypatch.setenv("RECURRENT_ZOO_OFFLINE", "1")
    assert zoo.load(x).name == "small"


def test_a_damaged_cache_is_mended(archive, cache, monkeypatch):
    asked = []

    def answer(request):
        asked.append(request.path)
        send(request, archive)

    with serving(answer) as url:
        x = f"{url}/x.zip#sha256={digest(archive)}"
        weights = zoo.load(x).folder / "model.safetensors"
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-1])
        monkeypatch.setenv("RECURRENT_ZOO_OFFLINE", "1")
        with pytest.raises(InputError, match="RECURRENT_ZOO_OFFLINE"):
            zoo.load(x)
        monkeypatch.delenv("RECURRENT_ZOO_OFFLINE")
        # What a process that was killed left there is no obstacle.
        draft = cache / "https" / f"{digest(archive)}.draft"
        (draft / "folder").mkdir(parents=True)
        zoo.load(x)
    assert weights.read_bytes() == whole
    assert len(asked) == 2
    assert not draft.exists()


def changed(files, name, content):
    return zipped({**files, name: content})


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda files: changed(files, "../../evil", b"evil"), "."),
        (lambda files: changed(files, "card.md", b"changed"), "been changed"),
        (lambda files: changed(files, "manifest.json", b"{}"), "format"),
        (lambda files: zipped(files)[:-30], "."),
        (lambda files: b"\x80\x04K*." * 99, "."),
    ],
)
def test_an_archive_that_is_refused(small, cache, change, message):
    content = change({p.name: p.read_bytes() for p in small.iterdir()})
    with serving(lambda request: send(request, content)) as url:
        with pytest.raises(PretrainedError, match=message):
            zoo.load(f"{url}/x.zip", digest(content))
    assert not left(cache)
    assert {path.name for path in cache.parent.iterdir()} == {"cache"}


@pytest.mark.process
def test_two_processes_fetch_once(archive, cache, tmp_path):
    asked, go_on = [], threading.Event()

    def answer(request):
        asked.append(request.path)
        go_on.wait(300)
        send(request, archive)

    # The first waits for the second, which may take long to begin.
    code = """if True:
        import sys
        from zoo.cli.main import main
        from zoo.pretrained import download
        download.TIMEOUT = 300
        sys.exit(main(["predict", sys.argv[1], "good", "--json"]))
    """
    said = [tmp_path / "first", tmp_path / "second"]
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(serving(answer))
        x = f"{url}/x.zip#sha256={digest(archive)}"
        processes = []
        for path in said:
            process = subprocess.Popen(
                [sys.executable, "-c", code, x],
                stdout=subprocess.PIPE,
                stderr=stack.enter_context(open(path, "w")),
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            processes.append(process)
        # One fetches, and the other one says that it waits for it.
        for _ in range(3000):
            told = "".join(path.read_text() for path in said)
            if "another process fetches" in told and asked:
                break
            time.sleep(0.1)
        go_on.set()
        outputs = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0])[0]["label"] in ("negative", "positive")
    assert "another process fetches" in told
    assert len(asked) == 1
