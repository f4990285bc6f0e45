"""Whatever goes wrong, the `zoo` command says so in one line."""

import errno
import os
import stat
import subprocess
import sys

import pytest

from zoo.cli import commands, failures, standard_streams
from zoo.cli.main import main
from zoo.errors import InputError


@pytest.fixture
def failing(monkeypatch, tmp_path):
    """Makes `zoo list` raise an error; tracebacks are kept in `tmp_path`."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def fails_with(error):
        def fail(_):
            raise error

        table = {**commands.COMMANDS, "list": commands.Command("", fail)}
        monkeypatch.setattr(commands, "get", table.__getitem__)

    return fails_with


def tensorflow_error(name, message):
    import tensorflow as tf

    return getattr(tf.errors, name)(None, None, message)


OUTSIDE = [
    (InputError("wrong"), "wrong"),
    (OSError(errno.ENOSPC, "No space left"), "No space left"),
    (OSError(errno.ENOENT, "No such file", "x"), "x: No such file"),
    (OSError(errno.ENOENT, "No such file", b"x\xff"), "x\\udcff: No such file"),
    (OSError(errno.ENOENT, "No such file", ""), "No such file"),
    (OSError("no reason at all"), "no reason at all"),
    (OSError(), "OSError"),
    (ConnectionResetError(errno.ECONNRESET, "Connection reset"), "Connection"),
    (TimeoutError(), "TimeoutError"),
    (MemoryError(), "not enough memory"),
    (ValueError("embedded null byte"), "has a NUL in it"),
    (ModuleNotFoundError("No module named 'h5py'", name="h5py"), "h5py"),
]


@pytest.mark.parametrize("error, message", OUTSIDE)
def test_what_comes_from_outside(capsys, failing, tmp_path, error, message):
    failing(error)
    assert main(["list"]) == 2
    line = capsys.readouterr().err
    assert line.startswith("zoo: error: ") and line.count("\n") == 1
    assert message in line and "error: :" not in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name, message",
    [
        ("ResourceExhaustedError", "{{node x}} OOM when allocating"),
        ("UnknownError", "/x/y; No space left on device [Op:SaveV2]"),
        ("PermissionDeniedError", "/x/y; Permission denied"),
    ],
)
def test_what_tensorflow_says_of_outside(capsys, failing, name, message):
    failing(tensorflow_error(name, message))
    assert main(["list"]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and "{{" not in line and "[Op" not in line


OURS = [
    TypeError("a\x1b[2J\n\nb"),
    KeyError("x"),
    RecursionError("maximum recursion depth exceeded"),
    AttributeError(),
    ImportError("no such name", name="zoo.cli"),
    ValueError("x" * 1_000_000),
]


@pytest.mark.parametrize("error", OURS, ids=lambda error: type(error).__name__)
def test_a_fault_of_ours(capsys, failing, tmp_path, error):
    failing(error)
    assert main(["list"]) == 70
    line = capsys.readouterr().err
    assert line.startswith(f"zoo: error: {type(error).__name__}")
    assert line.count("\n") == 1 and "\x1b" not in line and len(line) < 1100
    (kept,) = tmp_path.iterdir()
    assert str(kept) in line and "report" in line
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 or os.name == "nt"
    assert "Traceback" in kept.read_text() and "\x1b" not in kept.read_text()


def test_a_fault_of_ours_where_nothing_can_be_kept(
    capsys, failing, monkeypatch
):
    failing(KeyError("x"))
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    assert main(["list"]) == 70
    assert f"{failures.DEBUG}=1 shows" in capsys.readouterr().err
    monkeypatch.setenv(failures.DEBUG, "1")
    with pytest.raises(KeyError):
        main(["list"])


def test_a_pipe_that_nobody_reads_ends_quietly(capsys, failing):
    failing(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert main(["list"]) == 141
    assert capsys.readouterr() == ("", "")


def test_a_closed_standard_input(capsys, monkeypatch):
    for stream in (None, open(os.devnull)):
        if stream is not None:
            stream.close()
        monkeypatch.setattr(sys, "stdin", stream)
        with pytest.raises(InputError, match="standard input is closed"):
            standard_streams.text_of_input()


def zoo(words, shell="", **environment):
    """A process of its own, with streams as the shell leads them."""
    line = f'"{sys.executable}" -m zoo {words} {shell}'
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=100,
    )


on_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="/dev/full is of Linux"
)


@on_linux
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "words, shell, code, message",
    [
        ("list", ">&-", 2, "Standard output is closed"),
        ("list", ">/dev/full", 2, "standard output: No space left"),
        ("--help", "| exit 0; exit ${PIPESTATUS[0]}", 141, ""),
        ("list", "| exit 0; exit ${PIPESTATUS[0]}", 141, ""),
        ("list --nope", "2>&-", 2, ""),
        ("list --nope", "2>/dev/full", 2, ""),
        ("list --nope", ">&- 2>&- <&-", 2, ""),
    ],
)
def test_streams(words, shell, code, message, unbuffered):
    if unbuffered and words == "--help":
        # argparse passes over it; nobody reads that anyway.
        code = 0
    done = zoo(words, shell, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == code
    assert message in done.stderr and done.stderr.count("\n") <= 1
    assert bool(done.stderr) == bool(message)


@on_linux
@pytest.mark.process
@pytest.mark.parametrize(
    "words, shell, code, message",
    [
        ("predict imdb_gru_tiny", "<&-", 2, "standard input is closed"),
        ("translate dates_gru_base", "<&-", 2, "standard input is closed"),
        ("score shakespeare_lstm_base", "<&-", 2, "standard input is closed"),
        ("predict imdb_gru_tiny a", ">/dev/full", 2, "standard output: No"),
        (
            "generate shakespeare_lstm_base --seed 1 --length 3000",
            "| head -1 >/dev/null; exit ${PIPESTATUS[0]}",
            141,
            "",
        ),
        # Bytes that are no text, where the terminal has but ASCII.
        ("predict imdb_gru_tiny $'\\xff'", "", 0, ""),
    ],
)
def test_streams_of_models(words, shell, code, message):
    done = zoo(words, shell, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == code
    assert message in done.stderr and done.stderr.count("\n") <= 1


@on_linux
@pytest.mark.process
def test_no_folder_no_home_and_no_room(tmp_path):
    gone = tmp_path / "gone"
    leaves = f"cd {gone} && rmdir {gone} &&"
    for words, code, message in (
        ("predict imdb_gru_tiny text", 0, ""),
        ("push imdb_gru_tiny out", 2, "that this runs in is gone"),
    ):
        gone.mkdir()
        line = f'{leaves} "{sys.executable}" -m zoo {words}'
        env = {**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONUNBUFFERED": ""}
        done = subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, env=env
        )
        assert done.returncode == code, done.stderr
        assert message in done.stderr and done.stderr.count("\n") <= 1
    words = f"push imdb_gru_tiny {tmp_path / 'out.zip'}"
    done = zoo(words, HOME="/no/such/home", TMPDIR=str(tmp_path))
    assert done.returncode == 0
    limited = f'ulimit -f 100; "{sys.executable}" -m zoo'
    for words in (
        f"push imdb_gru_tiny {tmp_path / 'large'}",
        f"export imdb_gru_tiny --to {tmp_path / 'large'} --formats saved_model",
    ):
        done = subprocess.run(
            ["bash", "-c", f"{limited} {words}"], capture_output=True, text=True
        )
        assert done.returncode == 2 and done.stderr.count("\n") == 1
        assert "large" in done.stderr and "File too large" in done.stderr
