"""Run folders from elsewhere: `zoo report` shows what is theirs, or refuses."""

import json
import os
import struct

import costs
import pytest
from report_pages import PIXEL, SCORES, epochs, made

from recipes.report import page, reading
from zoo.cli.main import main
from zoo.errors import InputError

MIB = 1 << 20
FILES = ("config.json", "metrics.json", "history.csv", "plots/confusion.png")


@pytest.fixture
def run(tmp_path):
    return made(tmp_path / "run", SCORES, epochs(1.0, 0.5))


@pytest.fixture
def secret(tmp_path):
    """What lies beside the run, and is none of its files."""
    path = tmp_path / "secret"
    path.write_text('{"recipe": "secret", "config": {}}')
    return path


def refused(run, message):
    with pytest.raises(InputError, match=message):
        page(reading.read_all([run]))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path, secret: path.symlink_to(secret), id="link"),
        pytest.param(os.link, id="hard link"),
        pytest.param(lambda path, _: path.symlink_to("/nowhere"), id="to none"),
        pytest.param(
            lambda path, _: path.symlink_to("/dev/zero"), id="to a device"
        ),
        pytest.param(lambda path, _: os.mkfifo(path), id="pipe"),
        pytest.param(lambda path, _: path.mkdir(), id="folder"),
        pytest.param(lambda path, _: sparse(path, 40 << 30), id="40 GB"),
    ],
)
def test_a_file_that_is_none_of_the_run(run, secret, name, make):
    (run / name).unlink()
    if make is os.link:
        os.link(secret, run / name)
    else:
        make(run / name, secret)
    refused(run, "link|not a plain file|is the most")


def sparse(path, size):
    with open(path, "wb") as file:
        file.truncate(size)


def test_a_folder_of_pictures_that_is_a_link(run, tmp_path):
    os.rename(run / "plots", tmp_path / "elsewhere")
    (run / "plots").symlink_to(tmp_path / "elsewhere")
    refused(run, "plots is a link")
    os.unlink(run / "plots")
    (run / "plots").mkdir()
    for place in range(1001):
        (run / "plots" / str(place)).touch()
    refused(run, "more than 1,000 files")


@pytest.mark.parametrize(
    "content",
    [
        PIXEL[:16] + struct.pack(">II", 1 << 31, 1 << 31) + PIXEL[24:],
        PIXEL[:16] + struct.pack(">II", 1 << 15, 1) + PIXEL[24:],
        PIXEL[:16] + struct.pack(">II", 0, 1) + PIXEL[24:],
        PIXEL[:12] + b"JHDR" + PIXEL[16:],
        PIXEL[:20],
        b"",
    ],
)
def test_a_picture_that_is_damaged_or_too_large(run, content):
    (run / "plots" / "confusion.png").write_bytes(content)
    refused(run, "damaged|by .* dots")


def test_pictures_are_bounded_together(run):
    for place in range(17):
        (run / "plots" / f"{place}.png").write_bytes(
            PIXEL + bytes(4 * MIB - 99)
        )
    refused(run, "67,108,864 bytes together")


def written(run):
    """The size of the page; 0 for a run that is refused."""
    try:
        return len(page(reading.read_all([run])))
    except InputError:
        return 0


def config(**values):
    about = {"recipe": "agreement", "config": {}, **values}
    return "config.json", json.dumps(about)


def metrics(**values):
    return "metrics.json", json.dumps(values)


LARGE = {
    "a deep configuration": ("config.json", '{"a":' * 90_000),
    "a rather deep one": config(a=json.loads('{"a":' * 300 + "0" + "}" * 300)),
    "many settings": config(config=dict.fromkeys(map(str, range(90_000)), 0)),
    "many in one": config(data=dict.fromkeys(map(str, range(90_000)), 0)),
    "a long setting": config(config={"x" * 500_000: "y" * 500_000}),
    "a long command": config(command=" " * 1_000_000),
    "many scores": metrics(**dict.fromkeys(map(str, range(90_000)), 0.5)),
    "many main scores": metrics(
        **{f"nats_per_{n}": 0.5 for n in range(40_000)}
    ),
    "many tables": metrics(**{str(n): {"a": 1} for n in range(50_000)}),
    "a table that is a product": metrics(
        a={str(n): {f"{n} {m}": 1 for m in range(50)} for n in range(1500)}
    ),
    "many rows": metrics(a=dict.fromkeys(map(str, range(90_000)), 1)),
    "a long name": metrics(a={"x" * 500_000: {"y" * 500_000: 1}}),
    "a long head": metrics(
        a={"": {"y" * 500_000: 1}, **{str(n): {} for n in range(5000)}}
    ),
    "many epochs": ("history.csv", "epoch\n" + "1\n" * 500_000),
    "as many epochs as may be": (
        "history.csv",
        "epoch,loss,a,b\n" + "1,0.12345,0.2,-3\n" * 20_000,
    ),
    "many columns": (
        "history.csv",
        "epoch," + ",".join(map(str, range(150_000))) + "\n",
    ),
    "a wide history": (
        "history.csv",
        "epoch,"
        + ",".join(f"c{n}" for n in range(63))
        + "\n"
        + ("1" + ",0.5" * 63 + "\n") * 4000,
    ),
    "a long number": ("history.csv", "epoch\n" + "1" * 1_000_000),
    "a quote without an end": ("history.csv", 'epoch\n"' + "1,\n" * 300_000),
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_costs_little(run, name):
    file, content = LARGE[name]
    assert len(content) < 1.5 * MIB
    (run / file).write_text(content)
    sizes = []
    seconds, peak = costs.of(lambda: sizes.append(written(run)))
    assert seconds < 6
    assert peak < 200 * MIB
    assert sizes[0] == sizes[1] < 16 * MIB


def test_the_same_line_as_of_any_mistake(run, capsys):
    (run / "config.json").unlink()
    os.mkfifo(run / "config.json")
    assert main(["report", str(run)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "config.json is not a plain file" in line
