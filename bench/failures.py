"""What a model gets wrong: tries sentences of our own, and keeps the mistakes.

    python bench/failures.py X --to about.json [--most 5]

X is what `zoo.load` takes. The sentences stand in probes.json beside this file,
by task and data, each with the answer that is expected; none was written by
others, so that the mistakes may be published: `zoo push X TO --about
about.json` puts them on the card. Other facts that are in the file stay there.

A classifier is wrong with another label (the surest mistakes come first), a
translator with another date, or with a translation whose chrF against ours is
below 50 (the worst come first; look at them, for a good translation may say it
in other words), a language model where what it writes greedily does not begin
with what is expected.
"""

import argparse
import json
import sys
from pathlib import Path

import zoo
from zoo.errors import InputError
from zoo.io.files import read_json, write_json

PROBES = Path(__file__).with_name("probes.json")
# Below this, one reads another sentence.
CHRF = 50
LONGEST = 200
# Tokens that are shown beyond what was expected.
MORE = 12


def probes_for(trained, probes: dict) -> list[dict]:
    """The sentences that fit a model.

    Raises:
        InputError: if there are none.
    """
    if trained.builder == "classifier":
        key = f"predict {', '.join(sorted(trained.labels))}"
    elif trained.builder == "translator":
        key = f"translate {trained.about.get('scores', {}).get('pair')}"
    else:
        key = f"generate {trained.about.get('data', {}).get('name')}"
    # Data is named at length: with its authors and the year.
    for known in probes:
        if key.casefold().startswith(known.casefold()):
            return probes[known]
    raise InputError(f"{PROBES.name} has nothing for {key!r}.")


def classified(trained, probes):
    answers = trained.predict([one["input"] for one in probes])
    for one, answer in zip(probes, answers, strict=True):
        if answer["label"] != one["expected"]:
            sure = answer["probability"]
            yield -sure, one, f"{answer['label']} ({100 * sure:.0f} %)"


def translated(trained, probes):
    answers = trained.translate([one["input"] for one in probes])
    exact = trained.about["scores"]["pair"].endswith("-iso")
    for one, answer in zip(probes, answers, strict=True):
        if exact:
            score = CHRF * (answer == one["expected"])
        else:
            import sacrebleu

            score = sacrebleu.sentence_chrf(answer, [one["expected"]]).score
        if score < CHRF:
            yield score, one, answer


def written(trained, probes):
    for one in probes:
        length = len(one["expected"]) + MORE
        answer = trained.generate(one["input"], length, temperature=0)
        begins = answer.startswith(one["expected"])
        if trained.tokenizer.kind == "words":
            # The space before it is the prompt's already.
            begins = answer.split(" ")[:2][-1] == one["expected"]
        if not begins:
            yield 0, one, " ".join(answer.split())


def failures(trained, probes: list[dict], most: int) -> list[dict]:
    """The worst mistakes first."""
    kinds = {"classifier": classified, "translator": translated}
    found = list(kinds.get(trained.builder, written)(trained, probes))
    print(
        f"{trained.name}: {len(found)} of {len(probes)} wrong", file=sys.stderr
    )
    # Mistakes that are equally bad stay in the order of the file.
    found.sort(key=lambda mistake: mistake[0])
    return [
        {
            "input": short(one["input"]),
            "expected": short(one["expected"]),
            "answered": short(answer),
        }
        for _, one, answer in found[:most]
    ]


def short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", metavar="X")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE")
    parser.add_argument("--most", type=int, default=5, metavar="N")
    values = parser.parse_args(arguments)
    trained = zoo.load(values.model)
    probes = probes_for(trained, read_json(PROBES))
    facts = read_json(values.to) if values.to.exists() else {}
    facts["failures"] = failures(trained, probes, values.most)
    write_json(values.to, facts)
    print(json.dumps(facts["failures"], indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
