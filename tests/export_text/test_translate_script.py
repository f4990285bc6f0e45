"""translate.py finds what our beam search finds, cut off or not."""

import json
import subprocess
import sys

import pytest

from zoo.decoding import BeamSearch

SENTENCES = ["ein Hund", "", "zwei M\u00e4nner und 3 Hunde", "a", "Hund  dog"]


@pytest.mark.thorough
@pytest.mark.parametrize("beams", [1, 2, 5])
def test_translations_and_scores(translator, imported, beams):
    task, folder = translator
    script = imported(folder / "translate.py").Translator(folder)
    expected = task.decoder.n_best(SENTENCES, beams, BeamSearch(beams))
    # Else nothing is seen of how either is ranked.
    ended = {one.ended for found in expected for one in found}
    assert beams == 1 or ended == {True, False}
    for batch in (1, 16):
        found = script.translate(SENTENCES, beams, batch=batch)
        for ours, theirs in zip(expected, found, strict=True):
            assert [one.text for one in ours] == [text for text, _ in theirs]
            scores = [score for _, score in theirs]
            # Of what was cut off, float32 tells a sixteenth.
            assert scores == pytest.approx(
                [one.score for one in ours], abs=0.0626
            )
            for one, score in zip(ours, scores, strict=True):
                if one.ended:
                    assert score == pytest.approx(one.score, abs=1e-3)


@pytest.mark.thorough
@pytest.mark.parametrize("penalty", [0.0, 2.0])
def test_a_length_penalty(translator, imported, penalty):
    task, folder = translator
    script = imported(folder / "translate.py").Translator(folder)
    search = BeamSearch(3, length_penalty=penalty)
    ours = task.decoder.n_best(SENTENCES, 3, search)
    theirs = script.translate(SENTENCES, 3, penalty)
    for our, their in zip(ours, theirs, strict=True):
        assert [one.text for one in our] == [text for text, _ in their]


@pytest.mark.thorough
def test_lines_of_standard_input_and_mistakes(translator):
    task, folder = translator

    def run(*arguments, given=""):
        return subprocess.run(
            [sys.executable, "-I", str(folder / "translate.py"), *arguments],
            input=given,
            capture_output=True,
            encoding="utf-8",
        )

    done = run("--json", given="".join(f"{one}\n" for one in SENTENCES))
    assert done.returncode == 0, done.stderr
    found = [json.loads(line)[0]["text"] for line in done.stdout.splitlines()]
    assert found == task.translate(SENTENCES)
    for done in (
        run("a", "0"),
        run("a", "5", "11"),
        run("a " * 2001),
    ):
        assert done.returncode == 2
        assert done.stderr.startswith("translate.py: ")
        assert len(done.stderr.splitlines()) == 1
