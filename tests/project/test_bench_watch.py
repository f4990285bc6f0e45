"""bench/compared.py and bench/watch.py: what fell, and which runs are kept."""

import importlib
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch):
    """A function from the name of a script of bench/ to its module."""
    monkeypatch.syspath_prepend(str(BENCH))
    yield importlib.import_module
    for path in BENCH.glob("*.py"):
        sys.modules.pop(path.stem, None)


def run(ratios, processor="a processor", date="2026-01-01", command="cells.py"):
    """A run whose ratios have spreads of 2 % to both sides."""
    machine = {"processor": processor, "cores": 2}
    return {
        "command": command,
        "date": date,
        "machine": {**machine, "instructions": ["avx2"], "gpus": []},
        "versions": {"keras": date},
        "rows": [
            {
                "what": name,
                "reference_name": "keras",
                "ratio": ratio,
                "ratio_spread": [0.98 * ratio, 1.02 * ratio],
                "turns": 9,
            }
            for name, ratio in ratios.items()
        ],
    }


def test_what_fell_by_more_than_a_tenth_is_told_from_the_spread(bench):
    before = run({"gru": 2.0, "lstm": 2.0, "elman": 2.0, "sru": 2.0, "gone": 1})
    after = run({"gru": 1.5, "lstm": 1.9, "elman": 1.7, "sru": 1.0, "new": 1})
    # The turns of two of them say less.
    after["rows"][2]["ratio_spread"] = [1.5, 1.97]
    after["rows"][3]["turns"] = 2
    fell, elman, sru, missing, new, summary, others = bench("compared").report(
        before, {**after, "versions": {"keras": "4"}}
    )
    assert fell == (
        "FELL by 25 %: gru, beside keras: 2 times (1.96-2.04) -> "
        "1.5 times (1.47-1.53)"
    )
    assert "fell by 50 %, of too few turns to tell: sru" in elman
    assert "fell by 15 %, within the spread: elman" in sru
    assert missing == "missing now: gone, beside keras"
    assert new == "new: new, beside keras"
    assert summary.startswith("1 of 4 ratios fell by more than a tenth since")
    assert "2 more within" in summary
    assert others == "Other versions: keras 2026-01-01 -> 4"


def test_other_machines_are_not_compared(bench):
    before, after = run({"gru": 2.0}), run({"gru": 1.0}, "another")
    (said,) = bench("compared").report(before, after)
    assert "another kind of machine" in said
    assert bench("watch").last([before], after) is None


def test_the_newest_run_of_each_kind_and_command_is_kept(bench):
    watch = bench("watch")
    old, other = run({"gru": 2.0}), run({"gru": 3.0}, "another")
    jax = run({"gru": 2.0}, command="KERAS_BACKEND=jax cells.py")
    new = run({"gru": 2.1}, date="2026-02-02")
    runs = watch.kept([old, other, jax], {**new, "table": []})
    assert runs == [other, jax, new]
    assert watch.last(runs, old) == new


def test_contestants_take_turns_behind_one_that_does_not_count(bench):
    measured, order, now = bench("measured"), [], [0.0]

    def contestant(name, seconds):
        def call():
            order.append(name)
            # Each round takes longer, for both of them.
            now[0] += seconds * len(order)
            return 10

        return call

    runs = {"ours": contestant("o", 1), "theirs": contestant("t", 3)}
    found = measured.turns(runs, 2, swap=True, clock=lambda: now[0])
    assert order == list("tootto")
    row = measured.row("w", found["ours"], found["theirs"], "t", per_second="x")
    assert row["turns"] == len(found["ours"].wall) == 2
    ours, theirs = (found[name].wall for name in runs)
    assert row["ours"] == pytest.approx(10 / (sum(ours) / 2), rel=1e-4)
    assert row["ratio"] == pytest.approx(sum(theirs) / sum(ours), rel=1e-4)
    ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
    low, high = row["ratio_spread"]
    assert ratios[0] < low < high < ratios[1]
