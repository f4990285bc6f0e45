"""Models from elsewhere: good servers and bad ones, all on this machine."""

import contextlib
import gc
import hashlib
import io
import json
import shutil
import subprocess
import sys
import threading
import time
import warnings
import zipfile

import pytest
from servers import COMMIT, Hub, cut, drip, send, serving

import export
import zoo
from zoo import models, pretrained
from zoo.cli.main import main
from zoo.errors import InputError, PretrainedError
from zoo.pretrained import download, writer
from zoo.pretrained.cache import root
from zoo.tasks import TextClassifier
from zoo.text import WordTokenizer

pytest.importorskip("pooch")
requests = pytest.importorskip("requests")
CONTENT = bytes(range(256)) * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
VARIABLES = ("RECURRENT_ZOO_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache, no token, and no proxy before this machine."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECURRENT_ZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub_home"))
    monkeypatch.setenv("NO_PROXY", "*")
    yield tmp_path / "cache"
    # urllib3 leaves a socket open where an answer cannot be parsed.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A pretrained folder of a network that was not trained."""
    tokenizer = WordTokenizer(["good", "bad"])
    arguments = {
        "vocabulary_size": tokenizer.size,
        "classes": 2,
        "cell": "gru",
        "units": 4,
        "embedding_size": 4,
    }
    model = models.build("classifier", arguments)
    labels, about = ["negative", "positive"], {"recipe": "agreement"}
    trained = TextClassifier(
        model,
        tokenizer,
        labels,
        name="small",
        arguments=arguments,
        about=about,
    )
    folder = tmp_path_factory.mktemp("folder") / "small"
    writer.save(trained, folder)
    return folder


@pytest.fixture(scope="module")
def archive(small):
    return zipped({p.name: p.read_bytes() for p in small.iterdir()})


def zipped(files):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        for name, content in files.items():
            file.writestr(f"small/{name}", content)
    return memory.getvalue()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def left(cache):
    """What lies in the cache beside the locks, which are empty."""
    return sorted(
        path.relative_to(cache).as_posix()
        for path in cache.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    )


def fetched(tmp_path, *answers, digest=DIGEST):
    """What comes when a server answers one request like this, one like that."""
    answers, path = list(answers), tmp_path / "x.zip"

    def answer(request):
        answers.pop(0)(request)

    with serving(answer) as url:
        download.download(f"{url}/x.zip", path, digest)
    assert not answers
    return path.read_bytes()


def sends(content=CONTENT, *arguments, **how):
    return lambda request: send(request, content, *arguments, **how)


def test_a_download(tmp_path):
    assert fetched(tmp_path, sends()) == CONTENT


def test_a_download_without_a_length(tmp_path):
    assert fetched(tmp_path, sends(length="")) == CONTENT


def test_a_download_from_where_the_server_leads(tmp_path):
    elsewhere = sends(b"", 302, Location="/y.zip")
    assert fetched(tmp_path, elsewhere, sends()) == CONTENT


def test_a_download_that_is_cut_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="failed.*128000 bytes read"):
        fetched(tmp_path, lambda request: cut(request, CONTENT))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "answer, message",
    [
        (sends(b"changed"), "not the file that was meant"),
        # What was announced is all that is read.
        (sends(length=1000), "not the file that was meant"),
        (sends(length=-5), "no length that can be"),
        (sends(length="many"), "no length that can be"),
        (sends(length=10**15), "larger than"),
        (sends(Content_Encoding="gzip"), "compressed unasked"),
    ],
)
def test_a_server_that_lies(tmp_path, answer, message):
    with pytest.raises(PretrainedError, match=message):
        fetched(tmp_path, answer)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "answer, message",
    [
        (sends(b"", 404), "answered 404"),
        (sends(b"", 500), "answered 500"),
        (sends(b"", 204), "answered 204"),
        (sends(CONTENT, 206), "answered 206"),
        (sends(length="1\r\nContent-Length: 2"), "unmatching values"),
        (lambda request: request.wfile.write(b"SSH-2.0\r\n"), "failed"),
        (sends(b"", 302, Location="http://192.0.2.1/x"), "not encrypted"),
        (sends(b"", 302, Location="file:///etc/passwd"), "must be https"),
        (sends(b"", 302, Location="https://a:b@c/"), "without a name"),
    ],
)
def test_a_server_that_refuses(tmp_path, answer, message):
    with pytest.raises(InputError, match=message) as caught:
        fetched(tmp_path, answer)
    assert not isinstance(caught.value, PretrainedError)
    assert not list(tmp_path.iterdir())


def test_a_download_without_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "LARGEST", 100_000)
    sizes, write = [], download._blocks

    def counted(*arguments):
        for block in write(*arguments):
            sizes.append(len(block))
            yield block

    monkeypatch.setattr(download, "_blocks", counted)
    with pytest.raises(PretrainedError, match="larger than 100,000 bytes"):
        fetched(tmp_path, sends(length=""))
    assert sum(sizes) <= 100_000
    assert not list(tmp_path.iterdir())


def test_a_disk_without_room(tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(InputError, match="has no room"):
        fetched(tmp_path, sends())
    assert not list(tmp_path.iterdir())


def test_a_server_that_says_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    over = threading.Event()
    with pytest.raises(InputError, match="timed out"):
        fetched(tmp_path, lambda _: over.wait(2))
    over.set()
    assert not list(tmp_path.iterdir())


def test_a_server_that_drips(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PATIENCE", 0.2)
    with pytest.raises(InputError, match="is too slow"):
        fetched(tmp_path, lambda request: drip(request, CONTENT))
    assert not list(tmp_path.iterdir())


def test_a_server_that_leads_in_circles(tmp_path):
    def around(request):
        send(request, b"", 302, Location=request.path)

    with pytest.raises(InputError, match="answered 302"):
        fetched(tmp_path, *[around] * 6)


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1/x.zip", "HTTP://a.example/x.zip"]
)
def test_a_server_that_leads_out_of_the_encryption(target):
    asked, answer = [], requests.Response()
    answer.status_code, answer.headers["Location"] = 302, target
    answer.raw = io.BytesIO()

    class Session:
        def get(self, url, **_):
            asked.append(url)
            return answer

    with pytest.raises(InputError, match="not encrypted"):
        with download._opened(Session(), "https://a.example/x.zip"):
            pass
    assert asked == ["https://a.example/x.zip"]


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
    for source in (f"https://a.example/x.zip#sha256={DIGEST}", "hf://a/b"):
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
        f"https/{held.name}/{path.name}" for path in small.iterdir()
    )
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == out.splitlines()[1]
    assert f"fetching {url}\n" in err


@pytest.mark.thorough
def test_every_command_takes_an_address(archive, tmp_path, capsys, monkeypatch):
    # What it writes is tested elsewhere, and takes its time.
    written = {"largest_difference": {}}
    monkeypatch.setattr(export, "export", lambda *_: written)
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


def test_pushing_to_the_hub(hub, small, capsys, monkeypatch):
    words = ["push", str(small), "hf://me/small"]
    assert main(words) == 2
    err = capsys.readouterr().err
    assert "hf auth login" in err and err.count("\n") == 1
    assert not hub.pushed
    monkeypatch.setenv("HF_TOKEN", hub.token)
    hub.files["source.model"] = b"of an earlier model"
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
    (tmp_path / "mine.zip").write_bytes(zipped({"mine.txt": b"mine"}))
    assert main(["push", str(small), str(tmp_path / "mine.zip")]) == 2
    assert "is not the archive of" in capsys.readouterr().err
