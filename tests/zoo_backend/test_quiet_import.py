"""The import of TensorFlow is quiet, and what matters is still heard.

Small packages stand in for TensorFlow and Keras.
"""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOISE = """\
WARNING: All log messages before absl::InitializeLog() is called are written
I0000 00:00:1795737870.371275   13254 cudart_stub.cc:31] Could not find cuda
2026-11-27 10:00:00.123456: I tensorflow/core/util/port.cc:153] oneDNN is on.
To enable the following instructions: AVX2 FMA, rebuild TensorFlow.
E0000 00:00:1795737909.568706   13254 cuda_platform.cc:52] failed call to cuInit
INFO: Created TensorFlow Lite XNNPACK delegate for CPU.
"""
OURS = "a line that another thread writes\n"
TENSORFLOW = f"""
import logging
import os
import re
os.write(2, {NOISE.encode()!r})
os.write(2, {OURS.encode()!r})
"""
LATER = "I0000 00:00:1795737870.371275   13254 of_keras.cc:1] imported.\n"
KERAS = f"""
import contextlib, os, types
import tensorflow
objects = {{}}
saving = types.SimpleNamespace(get_custom_objects=lambda: objects)
with contextlib.suppress(OSError):
    os.write(2, {LATER.encode()!r})
"""


@pytest.fixture
def heard(tmp_path):
    """A function: lines of Python to what they write to standard error."""

    def run(lines, tensorflow=TENSORFLOW, code=0, **environment):
        for name, text in (("tensorflow", tensorflow), ("keras", KERAS)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "__init__.py").write_text(text)
        path = os.pathsep.join([str(tmp_path), str(ROOT)])
        known = {**os.environ, "PYTHONPATH": path, **environment}
        if not environment:
            known.pop("TF_CPP_MIN_LOG_LEVEL", None)
        done = subprocess.run(
            [sys.executable, "-c", lines],
            capture_output=True,
            text=True,
            env=known,
        )
        assert done.returncode == code, done.stderr
        return done.stderr

    return run


@pytest.mark.parametrize("name", ["keras", "tensorflow"])
def test_only_what_is_not_tensorflows_is_heard(heard, name):
    assert heard(f"import zoo, {name}") == OURS


def test_an_import_that_fails_is_heard_whole(heard):
    broken = TENSORFLOW + "raise ImportError('no such library: libfoo.so')"
    said = heard("import zoo, keras", broken, code=1)
    assert said.startswith(NOISE + OURS)
    assert "ImportError: no such library: libfoo.so" in said


def test_a_process_that_dies_says_where(heard):
    dying = TENSORFLOW + "os.abort()"
    said = heard("import zoo, keras", dying, code=-6)
    assert "Fatal Python error: Aborted" in said
    assert "tensorflow" in said


def test_who_imported_it_before_hears_it(heard):
    assert heard("import tensorflow, zoo, keras") == NOISE + OURS + LATER


def test_all_is_heard_if_asked_for(heard):
    said = heard("import zoo, keras", TF_CPP_MIN_LOG_LEVEL="0")
    assert said == NOISE + OURS + LATER


def test_nothing_is_changed_for_others(heard):
    lines = """if True:
        import logging, os, sys
        def state():
            loggers = [logging.getLogger(n) for n in ("", "tensorflow", "absl")]
            levels = [logger.level for logger in loggers]
            place = os.fstat(2)
            return levels, place.st_dev, place.st_ino, dict(os.environ)
        before = state()
        import zoo, keras
        assert state() == before
        os.write(2, b"I0000 00:00:1.1 mine")
    """
    assert heard(lines) == OURS + "I0000 00:00:1.1 mine"


def test_where_there_is_no_standard_error(heard):
    lines = "import os; os.close(2); import zoo, keras"
    assert heard(lines, tensorflow="") == ""


@pytest.mark.parametrize("order", ["zoo, keras", "keras, zoo"])
def test_the_layers_are_known_to_keras(heard, order):
    heard(f"import {order}; assert 'recurrent_zoo>Stacked' in keras.objects")


REAL = """
import sys
from zoo.cli.main import main
folder = sys.argv[1]
for words in (
    "predict imdb_gru_tiny fine",
    "translate dates_gru_base 3.10.1990 --show-attention",
    "generate shakespeare_lstm_base --length 3 --seed 1",
    "score shakespeare_lstm_base abc",
    "inspect imdb_gru_tiny --gradient-flow --length 5",
    f"train agreement --preset tiny --run-dir {folder}/run --json",
    f"export {folder}/run --to {folder}/out",
    f"push {folder}/run {folder}/pushed",
):
    assert main(words.split()) == 0, words
"""


@pytest.mark.process
@pytest.mark.slow
def test_no_command_speaks_in_tensorflows_words(tmp_path):
    known = {**os.environ, "PYTHONPATH": str(ROOT)}
    known.pop("TF_CPP_MIN_LOG_LEVEL", None)
    words = [sys.executable, "-c", REAL, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, env=known)
    assert done.returncode == 0, done.stderr
    # `train` shows its progress there, as --json asks for.
    lines = done.stderr.splitlines()
    progress = re.compile(r"Epoch \d+/\d+|\d+/\d+ - .*|\s*")
    assert not [line for line in lines if not progress.fullmatch(line)]


def test_a_command_passes_on_errors_of_tensorflow_alone(monkeypatch, caplog):
    from zoo.cli import commands, main

    logger = logging.getLogger("tensorflow")

    def speak(words):
        logger.warning("5 out of the last 6 calls triggered retracing")
        logger.error("a real one")

    monkeypatch.setattr(commands, "get", lambda _: commands.Command("", speak))
    before = logger.level
    assert main.main(["speak"]) == 0
    assert [record.message for record in caplog.records] == ["a real one"]
    assert logger.level == before
