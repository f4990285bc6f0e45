"""One file from elsewhere: good servers and bad ones, all on this machine."""

import hashlib
import io
import shutil
import threading
import time

import pytest
from servers import cut, drip, endless, send, serving

from zoo.errors import InputError, PretrainedError
from zoo.pretrained import download

pytest.importorskip("pooch")
requests = pytest.importorskip("requests")
CONTENT = bytes(range(256)) * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
# Each test has an empty one.
pytestmark = pytest.mark.usefixtures("cache")


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


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "a status": (b"HTTP/1.1 200 ", b"O"),
    "a header": (OK + b"X: ", b"x"),
    "headers that need no time": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 99),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a header of continue": (b"HTTP/1.1 100 Continue\r\nX: ", b"x"),
    "a size of a chunk": (CHUNKED, b"0"),
    "an extension of a chunk": (CHUNKED + b"1;", b"x"),
    "chunks": (CHUNKED, b"1\r\nx\r\n"),
    "trailers": (CHUNKED + b"1\r\nx\r\n0\r\n", b"X: y\r\n"),
    "a trailer": (CHUNKED + b"1\r\nx\r\n0\r\nX: ", b"x"),
    "a body": (OK + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "a body without a length": (OK + b"\r\n", b"x"),
    "a place elsewhere": (b"HTTP/1.1 302 Found\r\nLocation: /", b"x"),
    # A record of TLS of 16 KiB, byte by byte.
    "a handshake": (b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\0"),
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", ENDLESS)
def test_a_server_that_never_ends(tmp_path, monkeypatch, name):
    monkeypatch.setattr(download, "PATIENCE", 0.3)
    monkeypatch.setattr(download, "SLOWEST", 1 << 20)
    scheme = "https" if name == "a handshake" else "http"
    started = time.monotonic()
    with endless(*ENDLESS[name]) as (host, closed):
        with pytest.raises(InputError, match="too slow, and was given up"):
            download.download(
                f"{scheme}://{host}/x.zip", tmp_path / "x", DIGEST
            )
        assert time.monotonic() - started < 20
        # Nobody is left who listens.
        while not closed and time.monotonic() - started < 20:
            time.sleep(0.01)
        assert closed
    assert not list(tmp_path.iterdir())


def test_a_download_has_an_end_though_it_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "LONGEST", 0.3)
    content = OK + b"\r\n" + CONTENT
    with endless(content, CONTENT) as (host, _):
        with pytest.raises(InputError, match="bytes came"):
            download.download(f"http://{host}/x.zip", tmp_path / "x", DIGEST)
    assert not list(tmp_path.iterdir())


def test_servers_that_lead_on_have_one_deadline(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PATIENCE", 0.5)

    def later(request):
        time.sleep(0.2)
        send(request, b"", 302, Location=request.path)

    with serving(later) as url:
        with pytest.raises(InputError, match="too slow"):
            download.download(f"{url}/x.zip", tmp_path / "x", DIGEST)


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
