"""The secret of workers on several machines."""

import os

import pytest
from command_line import mistake

from recipes.distribute import secret
from zoo.errors import InputError

WORKERS = ["train", "agreement", "--strategy", "multiworker", "--index", "0"]
WORKERS += ["--workers", "10.0.0.1:5000,10.0.0.2:5000"]


def test_several_machines_need_one(capsys, monkeypatch):
    monkeypatch.delenv(secret.VARIABLE, raising=False)
    said = mistake(capsys, *WORKERS)
    assert "secrets.token_hex(32)" in said and "--secret-file" in said
    said = mistake(capsys, "train", "agreement", "--secret-file", "x")
    assert "--secret-file need --strategy multiworker" in said


def test_a_secret_of_a_file(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    path.write_text("0123456789abcdef\r\n")
    path.chmod(0o600)
    monkeypatch.setenv(secret.VARIABLE, "of the environment")
    assert secret.shared_secret(path) == b"0123456789abcdef"
    assert secret.shared_secret() == b"of the environment"


@pytest.mark.parametrize("content", [b"", b"\n", b"0123456789abcde\n"])
def test_a_secret_that_is_too_short(tmp_path, monkeypatch, content):
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InputError, match="16 to 4096 bytes. Received: "):
        secret.shared_secret(path)
    monkeypatch.setenv(secret.VARIABLE, content.decode())
    with pytest.raises(InputError, match=secret.VARIABLE):
        secret.shared_secret()


def test_files_that_hold_no_secret(tmp_path, capsys):
    large = tmp_path / "large"
    large.write_bytes(b"x" * 5000)
    large.chmod(0o600)
    for path, message in (
        (tmp_path / "none", "No such file"),
        (tmp_path, "is a folder, a pipe"),
        (large, "Received: "),
    ):
        assert message in mistake(capsys, *WORKERS, "--secret-file", path)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_secret_that_others_can_read(tmp_path, capsys):
    path = tmp_path / "secret"
    path.write_text("0123456789abcdef")
    path.chmod(0o644)
    said = mistake(capsys, *WORKERS, "--secret-file", path)
    assert f"chmod 600 {path}" in said
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    said = mistake(capsys, *WORKERS, "--secret-file", pipe)
    assert "is a folder, a pipe" in said
    # As a cluster brings it.
    (tmp_path / "link").symlink_to(path)
    path.chmod(0o600)
    assert secret.shared_secret(tmp_path / "link") == b"0123456789abcdef"
