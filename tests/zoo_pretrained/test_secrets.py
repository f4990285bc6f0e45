"""Passwords and tokens stand in no message, note, card or record."""

import dataclasses
import functools
import json
import traceback

import pytest
from servers import send, serving

import zoo
from recipes import imdb_sentiment
from recipes.config import flags
from zoo.cli.main import main
from zoo.errors import InputError
from zoo.pretrained import cache as cache_folder
from zoo.pretrained import summary
from zoo.pretrained.card import card
from zoo.redaction import recorded, without_secrets

SECRET = "hunter2"
SUM = f"#sha256={'a' * 64}"
ADDRESSES = [
    f"https://me:{SECRET}@host.invalid/x.zip",
    f"https://{SECRET}@host.invalid/x.zip{SUM}",
    f"https://host.invalid/x.zip?token={SECRET}",
    f"https://host.invalid/x.zip?token={SECRET}'b'{SUM}",
    f"https://host.invalid/x.zip#{SECRET}",
    f"https://host.invalid/x.zip#sha256={SECRET}",
    f"https://me:{SECRET}#1@host.invalid/x.zip",
    f"https://me:1/{SECRET}@host.invalid/x.zip",
    f"https://me:1 {SECRET}@host.invalid/x.zip",
    f"https://me:{SECRET}",
    f"https://me:{SECRET * 100}@host.invalid",
    f"ftp://me:{SECRET}@host.invalid/x.zip",
    f"me:{SECRET}@host.invalid/x.zip",
]


def said(error):
    """All that Python prints of an error."""
    return repr(error) + "".join(traceback.format_exception(error))


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_shown_without_its_secrets(address):
    for form in ("{}", "'{}'.", "at ({}), or", "{}\n"):
        text = form.format(address)
        shown = without_secrets(text)
        assert SECRET not in shown and without_secrets(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "https://host/a/@b/x.zip",
        f"https://host/x.zip{SUM}",
        "hf://owner/name@main",
        "https://host/x.zip#sha256=HEX, or zoo.load(...)",
        "What? x=3 and a@b.c, no. 3 # here",
        "It needs a token: hf auth login",
        "data/a?b.csv and C:/x.csv",
    ],
)
def test_what_is_no_secret_stays(text):
    assert without_secrets(text) == text


def test_tokens_and_headers_and_the_environment(monkeypatch):
    for text in (
        f"hf_{SECRET}",
        f"{{'Authorization': 'Bearer {SECRET}'}}",
        f"Proxy-Authorization: Basic {SECRET}",
        f"with url: /x.zip?token={SECRET} (Caused by",
    ):
        assert SECRET not in without_secrets(text)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SECRET}@proxy:1")
    monkeypatch.setenv("HF_TOKEN", "another1")
    assert without_secrets(f"a {SECRET}, another1") == "a ***, ***"


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_loaded_and_pushed(cache, capsys, address):
    for call in (
        functools.partial(zoo.load, address),
        functools.partial(zoo.load, address, "a" * 64),
        functools.partial(zoo.pretrained.push, "imdb_gru_tiny", address),
        functools.partial(zoo.pretrained.push, address, "out"),
    ):
        if address.startswith("me:") and call.args[0] == "imdb_gru_tiny":
            # The name of a folder, which is what the user calls it.
            continue
        with pytest.raises((InputError, OSError)) as caught:
            call()
        assert SECRET not in said(caught.value)
    for command in (["predict", address, "text"], ["report", address]):
        assert main(command) == 2
        printed = capsys.readouterr()
        assert SECRET not in printed.out + printed.err


def test_what_servers_and_their_redirects_say(cache):
    """Nothing of the address, whatever is at the other end of it."""
    evil = f"https://me:{SECRET}@host.invalid/y.zip?token={SECRET}"

    def leads(request):
        send(request, b"", 302, Location=evil)

    def refuses(request):
        send(request, b"", 404)

    def sends(request):
        send(request, b"other", 200)

    for answer in (leads, refuses, sends):
        with serving(answer) as url:
            address = f"{url}/x.zip?token={SECRET}{SUM}"
            with pytest.raises(InputError) as caught:
                zoo.load(address)
        assert SECRET not in said(caught.value)
    # There is nobody any more.
    with pytest.raises(InputError) as caught:
        zoo.load(address)
    assert "failed" in str(caught.value)
    assert SECRET not in said(caught.value)


@pytest.mark.parametrize(
    "proxy",
    ["me:{}@127.0.0.1:9", "me:{}", "{}@x y:1", "me:{}/and#more@127.0.0.1:9"],
)
def test_what_a_proxy_is_called(cache, monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.format(SECRET)}")
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(InputError) as caught:
        zoo.load(f"https://host.invalid/x.zip?token={SECRET}{SUM}")
    assert SECRET not in said(caught.value)


def test_where_the_hub_is(cache, monkeypatch):
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_ENDPOINT", f"http://me:{SECRET}@127.0.0.1:9")
    monkeypatch.setenv("HF_TOKEN", f"hf_{SECRET}")
    with pytest.raises(InputError) as caught:
        zoo.load("hf://owner/name")
    assert SECRET not in said(caught.value)


def test_notes_and_cards(capsys, loaded):
    cache_folder.say(f"fetching {ADDRESSES[0]}")
    assert SECRET not in capsys.readouterr().err
    task = loaded["imdb_gru_base"]
    about = {**task.about, "command": f"zoo train x --teacher {ADDRESSES[0]}"}
    known = summary.of_task(dataclasses.replace(task, about=about))
    page = card("x", known, ADDRESSES[2])
    assert "--teacher https://***@host.invalid" in page and SECRET not in page


def test_what_a_run_records(tiny_run, tmp_path):
    teacher = f"{ADDRESSES[0]},{ADDRESSES[3]},runs/b?c=1"
    config = imdb_sentiment.Config(teacher=teacher)
    command = flags.command("imdb_sentiment", config)
    assert SECRET not in command and "runs/b?c=1" in command
    assert recorded({"a": [ADDRESSES[2], 3], "file": "a?b=c"}) == {
        "a": ["https://host.invalid/x.zip", 3],
        "file": "a?b=c",
    }
    # Of a run of before, which recorded all of it.
    run = tmp_path / "run"
    run.mkdir()
    for path in tiny_run("gru").iterdir():
        if path.is_file():
            (run / path.name).write_bytes(path.read_bytes())
    saved = json.loads((run / "config.json").read_text())
    saved["command"] += f" --teacher {ADDRESSES[0]}"
    (run / "config.json").write_text(json.dumps(saved))
    assert SECRET not in str(zoo.load(run).about)
    assert SECRET not in str(summary.of_folder(run))


def test_the_traceback_that_is_kept(capsys, monkeypatch, tmp_path):
    def fails(_):
        raise LookupError(f"{ADDRESSES[0]} and\n{ADDRESSES[2]}")

    monkeypatch.setattr("zoo.cli.models.list_models", fails)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["list"]) == 70
    (kept,) = tmp_path.iterdir()
    both = capsys.readouterr().err + kept.read_text()
    assert "LookupError" in both and SECRET not in both
