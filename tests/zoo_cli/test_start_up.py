"""What needs no model answers without Keras and TensorFlow."""

import json
import subprocess
import sys

import pytest

HEAVY = ("keras", "tensorflow", "jax", "torch", "matplotlib", "scipy")
# Words of a command, and its exit code.
COMMANDS = [
    ("--help", 0),
    ("--version", 0),
    ("list", 0),
    ("list --json", 0),
    ("list --task translate --max-mib 4", 0),
    ("show dates_gru_base", 0),
    ("show imdb_gru_tiny --json", 0),
    *((f"{name} --help", 0) for name in ("list", "show", "push", "predict")),
    *((f"{name} --help", 0) for name in ("generate", "score", "translate")),
    *((f"{name} --help", 0) for name in ("inspect", "train", "tune")),
    *((f"{name} --help", 0) for name in ("launch", "evaluate", "report")),
    *((f"{name} --help", 0) for name in ("demo", "export", "benchmark")),
    *((f"train {name} --help", 0) for name in ("agreement", "char_lm")),
    *((f"train {name} --help", 0) for name in ("word_lm", "translation")),
    ("train imdb_sentiment --help", 0),
    ("tune translation --help", 0),
    ("trian", 2),
    ("", 2),
    ("train", 2),
    ("train agreemnt", 2),
    ("train agreement --untis 3", 2),
    ("train agreement --units 0", 2),
    ("train agreement --units x", 2),
    ("train imdb_sentiment --preset nope", 2),
    ("train translation --config nope.json", 2),
    ("train imdb_sentiment --train-file nope.csv", 2),
    ("train translation --train-source nope --train-target nope", 2),
    ("tune char_lm --train-file nope.txt", 2),
    ("train char_lm --strategy nope", 2),
    ("tune agreement --tirals 3", 2),
    ("generate --lenght 3 x", 2),
    ("predict", 2),
    ("push one", 2),
    ("show nope", 2),
    ("launch x", 2),
    ("export x", 2),
    # A model that is not there, or of another task.
    ("predict nope text", 2),
    ("predict dates_gru_base text", 2),
    ("generate imdb_gru_tiny", 2),
    ("score nope text", 2),
    ("translate imdb_gru_tiny text", 2),
    ("inspect nope --gradient-flow", 2),
    ("inspect dates_gru_base --gradient-flow", 2),
    ("evaluate nope", 2),
    ("export nope --to out", 2),
    ("push nope out", 2),
    ("report nope", 2),
    # A value that cannot be.
    ("generate shakespeare_lstm_base --temperature -1", 2),
    ("generate shakespeare_lstm_base --length 0", 2),
    ("generate shakespeare_lstm_base --seed -1", 2),
    ("generate shakespeare_lstm_base --beams 3 --seed 1", 2),
    ("generate shakespeare_lstm_base --prompt-file nope.txt", 2),
    ("generate shakespeare_lstm_base --from-state nope", 2),
    ("translate dates_gru_base text --beams 0", 2),
    ("translate dates_gru_base text --temperature -1", 2),
    ("translate dates_gru_base --file nope.txt", 2),
    ("score shakespeare_lstm_base --file nope.txt", 2),
    ("inspect imdb_gru_tiny", 2),
    ("inspect imdb_gru_tiny --gradient-flow --length 0", 2),
    ("export imdb_gru_tiny --to out --formats nope", 2),
    ("export imdb_gru_tiny --to out --quantize int4", 2),
    ("export imdb_gru_tiny --to out --largest-loss 1", 2),
    ("export imdb_gru_tiny --to mine", 2),
    ("export imdb_gru_tiny --to out --opset 9", 2),
    ("export imdb_gru_tiny --to out --batch-size 0", 2),
    ("export imdb_gru_tiny --to out --layout nope", 2),
    ("benchmark nope", 2),
    ("benchmark imdb_gru_tiny --length 0", 2),
    ("benchmark imdb_gru_tiny --json --csv", 2),
    ("push imdb_gru_tiny out --weights int4", 2),
    ("push imdb_gru_tiny out --about nope.json", 2),
    ("demo --preset nope", 2),
    ("tune agreement --tuner nope", 2),
    ("tune agreement --trials 0", 2),
    ("tune imdb_sentiment --prepared nope", 2),
]
# Of mistakes that could be refused for another reason too.
SAID = {
    "predict dates_gru_base text": "is a translator, not a classifier",
    "generate imdb_gru_tiny": "is a classifier, not a language model",
    "translate imdb_gru_tiny text": "is a classifier, not a translator",
    "inspect dates_gru_base --gradient-flow": "is a translator",
    "generate shakespeare_lstm_base --prompt-file nope.txt": "nope.txt",
    "generate shakespeare_lstm_base --from-state nope": "nope: No such",
    "translate dates_gru_base --file nope.txt": "nope.txt",
    "export imdb_gru_tiny --to mine": "is not an export",
    "export imdb_gru_tiny --to out --formats nope": "`formats`",
    "push imdb_gru_tiny out --about nope.json": "nope.json",
    "demo --preset nope": "`preset`",
    "train imdb_sentiment --train-file nope.csv": "nope.csv: No such",
    "train translation --train-source nope --train-target nope": "nope: No",
    "tune char_lm --train-file nope.txt": "nope.txt: No such",
    "tune agreement --tuner nope": "`tuner`",
    "tune agreement --trials 0": "`trials`",
    "tune imdb_sentiment --prepared nope": "nope is not there",
}
SCRIPT = """
import contextlib, io, json, sys
from zoo.cli.main import main
rows = []
for words in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words.split())
        except SystemExit as stopped:
            code = stopped.code
    heavy = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
    rows.append([words, code or 0, heavy, out.getvalue(), err.getvalue()])
    if heavy:
        break
print(json.dumps(rows))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Of each command its code, the heavy modules, and what it printed."""
    folder = tmp_path_factory.mktemp("somewhere")
    (folder / "mine").mkdir()
    (folder / "mine" / "a file").touch()
    words = json.dumps([words for words, _ in COMMANDS])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, words, json.dumps(HEAVY)],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return json.loads(done.stdout)


def test_no_answer_waits_for_keras(answers):
    for words, _, heavy, _, _ in answers:
        assert not heavy, f"zoo {words} imports {heavy}"
    assert len(answers) == len(COMMANDS)


def test_help_and_mistakes_have_their_exit_codes(answers):
    codes = {words: code for words, code, *_ in answers}
    assert codes == dict(COMMANDS)
    for words, code, _, out, err in answers:
        if code:
            assert err.count("\n") == 1 and not out, words
            assert SAID.get(words, "") in err, words
        else:
            assert out and not err, words


def test_a_flag_is_found_by_its_nearest_name(answers):
    errors = {words: err for words, _, _, _, err in answers}
    assert "Did you mean --units?" in errors["train agreement --untis 3"]
    assert "Did you mean --trials?" in errors["tune agreement --tirals 3"]
    assert "Did you mean 'train'?" in errors["trian"]
