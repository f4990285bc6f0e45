"""generate.py: prompts side by side, from standard input, and mistakes."""

import json
import subprocess
import sys

import pytest
from tiers import fast_are

KINDS = ["characters", "bytes", "words", "words, first rules", "subwords"]
PROMPTS = ["the film", "", "caf\u00e9 was", "\u4e2d it's\ud800"]


@pytest.mark.parametrize(
    "kind", fast_are(lambda one: one == "characters", KINDS, "thorough")
)
def test_prompts_side_by_side(writer, imported, kind):
    task, folder = writer(kind)
    script = imported(folder / "generate.py").Writer(folder)
    texts = script.write(PROMPTS, 12, 0.7, 4)
    for prompt, text in zip(PROMPTS, texts, strict=True):
        assert script.write([prompt], 12, 0.7, 4) == [text]
        written = prompt.encode("utf-8", "replace").decode()
        assert text.startswith(written)
    assert script.write(PROMPTS, 12, 0.7, 4, batch=2) == texts
    # Greedily, what the model itself writes.
    for prompt in PROMPTS[:3]:
        (text,) = script.write([prompt], 12, 0)
        behind = task.generate(prompt, length=12, temperature=0)
        assert text.rstrip("\ufffd") == f"{prompt}{behind}".rstrip("\ufffd")


@pytest.mark.thorough
def test_arguments_and_mistakes(writer):
    _, folder = writer("characters")

    def run(*arguments, given=""):
        return subprocess.run(
            [sys.executable, "-I", str(folder / "generate.py"), *arguments],
            input=given,
            capture_output=True,
            encoding="utf-8",
        )

    one = run("the film", "30", "0.7", "4").stdout
    given = "the film\nit's\n"
    assert len(run("--json", given=given).stdout.splitlines()) == 2
    first = json.loads(run("--json", given=given).stdout.splitlines()[0])
    # 300 of the default, 30 of these.
    assert len(first) == len("the film") + 300
    assert len(one) == len("the film") + 30 + 1
    for done in (run("a", "b"), run("a", "5", "-1"), run("--batch", "0", "a")):
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("generate.py: ")
