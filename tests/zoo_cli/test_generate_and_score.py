"""`zoo generate`, `zoo score`, and other commands, of a language model."""

import json

import pytest
from command_line import mistake

from zoo.cli.main import main


def generated(story_run, capsys, *flags):
    assert main(["generate", str(story_run), "--json", *map(str, flags)]) == 0
    return json.loads(capsys.readouterr().out)


def test_generate(story_run, capsys):
    one = generated(
        story_run, capsys, "--prompt", "the ", "--seed", 3, "--length", 80
    )
    assert one["prompt"] == "the " and one["seed"] == 3
    (text,) = one["texts"]
    assert len(text) == 80
    words = set("the writer of books is naïve and café 电影 reads on".split())
    written = set(text.replace(".", "").split()[1:-1])
    assert len(written & words) >= 3
    again = ["--prompt", "the ", "--seed", "3", "--length", "80"]
    assert main(["generate", str(story_run), *again]) == 0
    assert capsys.readouterr().out == f"the {text}\n"
    three = generated(
        story_run, capsys, "--prompt", "the ", "--seed", 3, "--samples", 3
    )["texts"]
    assert len(set(three)) == 3 and three[0].startswith(text)
    stopped = generated(story_run, capsys, *again, "--stop", text[10:13])
    assert stopped["texts"] == [text[: text.index(text[10:13])]]
    best = generated(
        story_run, capsys, "--prompt", "the ", "--beams", 3, "--length", 10
    )
    assert len(best["texts"]) == 3
    assert best["log_probabilities"] == sorted(
        best["log_probabilities"], reverse=True
    )


def test_without_a_seed_every_text_is_another(story_run, capsys):
    texts = set()
    for _ in range(2):
        assert main(["generate", str(story_run), "--length", "60"]) == 0
        printed = capsys.readouterr()
        texts.add(printed.out)
        seed = printed.err.split("--seed ")[1].split()[0]
        assert (
            main(["generate", str(story_run), "--length", "60", "--seed", seed])
            == 0
        )
        assert capsys.readouterr().out == printed.out
    assert len(texts) == 2


def test_prompts_of_all_kinds(story_run, capsys, tmp_path):
    assert (
        main(["generate", str(story_run), "--prompt", "Ωζ", "--length", "5"])
        == 0
    )
    assert "never seen 'Ω' 'ζ'" in capsys.readouterr().err
    long = tmp_path / "long.txt"
    long.write_text("the writer of books " * 5_000, encoding="utf-8")
    answer = generated(story_run, capsys, "--prompt-file", long, "--length", 5)
    assert len(answer["prompt"]) == 100_000
    assert len(answer["texts"][0]) == 5


def test_a_state_from_one_command_to_the_next(story_run, capsys, tmp_path):
    state = tmp_path / "state.npz"
    whole = generated(
        story_run, capsys, "--prompt", "the writer reads", "--seed", 1
    )
    save = ["--prompt", "the writer", "--length", 1, "--temperature", 0]
    generated(story_run, capsys, *save, "--save-state", state)
    assert state.exists()
    assert (
        main(
            [
                "score",
                str(story_run),
                "xx",
                "--from-state",
                str(state),
                "--json",
            ]
        )
        == 0
    )
    scored = json.loads(capsys.readouterr().out)
    # With a state there is something to expect of the first character, too.
    assert scored["counted"] == 2
    assert (
        main(
            ["score", str(story_run), "the writer", "--save-state", str(state)]
        )
        == 0
    )
    capsys.readouterr()
    later = generated(
        story_run,
        capsys,
        "--prompt",
        " reads",
        "--seed",
        1,
        "--from-state",
        state,
    )
    assert later["texts"] == whole["texts"]


def test_score(story_run, capsys, tmp_path, story):
    text = story.read_text(encoding="utf-8")[:300]
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    picture = tmp_path / "surprise.png"
    file = ["--file", str(tmp_path / "text.txt"), "--to", str(picture)]
    assert main(["score", str(story_run), *file, "--json"]) == 0
    scored = json.loads(capsys.readouterr().out)
    assert scored["counted"] == 299
    assert 0 < scored["nats_per_character"] < 1.2
    assert picture.stat().st_size > 10_000
    assert main(["score", str(story_run), text]) == 0
    assert "nats, " in capsys.readouterr().out


@pytest.mark.parametrize(
    "command, flags, message",
    [
        (
            "generate",
            ["--temperature", "-1"],
            "`temperature` must be a number from 0",
        ),
        ("generate", ["--top-p", "0"], "`top_p`"),
        ("generate", ["--length", "0"], "`length`"),
        ("generate", ["--seed", "-1"], "`seed`"),
        ("generate", ["--beams", "-1"], "--beams must be above 0"),
        ("generate", ["--beams", "2", "--samples", "2"], "without --samples"),
        ("generate", ["--samples", "0"], "`samples`"),
        ("generate", ["--beams", "2", "--top-k", "3"], "--beams draws nothing"),
        ("generate", ["--beams", "2", "--seed", "3"], "--beams draws nothing"),
        ("generate", ["--stop", ""], "`stop`"),
        ("generate", ["--from-state", "none.npz"], "No such file"),
        ("generate", ["--samples", "2", "--save-state", "s"], "one text"),
        ("score", ["text", "--file", "too.txt"], "not both"),
        ("score", [""], "no text to score"),
        ("predict", ["text"], "not a classifier. Use `zoo generate`"),
    ],
)
def test_mistakes(story_run, capsys, command, flags, message):
    assert message in mistake(capsys, command, story_run, *flags)


def test_a_language_model_is_shown_and_pushed(story_run, capsys, tmp_path):
    assert (
        main(["push", str(story_run), str(tmp_path / "story_lstm_tiny")]) == 0
    )
    capsys.readouterr()
    folder = str(tmp_path / "story_lstm_tiny")
    assert main(["show", folder, "--verify"]) == 0
    shown = capsys.readouterr().out
    assert "model.generate(" in shown and "Golden check passed" in shown
    flow = ["inspect", str(story_run), "--gradient-flow", "--json"]
    assert main([*flow, "--text", "the writer"]) == 0
    (layer,) = json.loads(capsys.readouterr().out)["run"]
    assert layer["name"] == "layer 0"
