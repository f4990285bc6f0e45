"""What is opened for reading, and what JSON costs."""

import json
import os
import socket
import time

import pytest

from zoo.errors import InputError, PretrainedError
from zoo.io import json_reader
from zoo.io.files import (
    open_given,
    open_plain,
    read_given,
    read_json,
    read_plain_json,
    sha256,
)

# Far more than it takes in one pass, far less than in quadratic time.
SECONDS = 10


def fifo(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def sock(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


@pytest.mark.parametrize("make", [fifo, device, sock, os.mkdir])
@pytest.mark.parametrize(
    "read",
    [
        open_given,
        lambda path: read_given(path, 1),
        read_json,
        read_plain_json,
        open_plain,
        sha256,
    ],
)
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, make, read):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "x")
    with pytest.raises(InputError, match="pipe or a device|plain file"):
        read(tmp_path / "x")


def test_a_file_of_the_users_own_may_be_a_link(tmp_path):
    (tmp_path / "x").write_text('{"a": 1}')
    (tmp_path / "y").symlink_to(tmp_path / "x")
    assert read_json(tmp_path / "y") == {"a": 1}
    with pytest.raises(PretrainedError, match="is a link"):
        read_plain_json(tmp_path / "y")
    with pytest.raises(InputError, match="has 8 bytes; 7 is the most"):
        read_given(tmp_path / "y", 7)
    with pytest.raises(FileNotFoundError):
        read_given(tmp_path / "z", 7)
    for name in ("a\0b", "\ud800"):
        with pytest.raises(InputError, match="is no path"):
            read_given(name, 7)


@pytest.mark.parametrize(
    "content",
    [
        # A key twice behind, and before, many others.
        "{" + ",".join(f'"{n}":0' for n in range(120_000)) + ',"119999":1}',
        "{" + ",".join(f'"{n}":0' for n in range(120_000)) + ',"0":1}',
        "{" + '"":0,' * 200_000 + '"":0}',
        '{"a":' + "1" * 1_000_000 + "}",
        '{"a":[' + '{"b":0},' * 90_000 + '{"b":0,"b":1}]}',
        '{"a":' * 50_000 + '"' + "b" * 500_000,
    ],
    ids=["last twice", "first twice", "all", "digits", "inside", "deep"],
)
def test_json_is_refused_in_linear_time(content):
    started = time.process_time()
    with pytest.raises(InputError, match="must be JSON"):
        json_reader.parse(content.encode(), "x")
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("lists", [True, False])
def test_json_is_not_deeper_than_what_reads_it(lists):
    def nested(depth):
        value = 0
        for _ in range(depth):
            value = [value] if lists else {"a": value}
        # Others beside it, so that their number says nothing.
        return json.dumps({"a": value, "b": [[]] * 200}).encode()

    assert json_reader.parse(nested(99), "x")["b"]
    with pytest.raises(InputError, match="nested deeper than 100"):
        json_reader.parse(nested(101), "x")
