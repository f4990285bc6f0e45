"""What fell from one run of a script to a later one, by ratios within each.

    python bench/compared.py BEFORE AFTER

BEFORE and AFTER are files that the same script of bench/ wrote with `--json`.
Milliseconds of two days say little: others use the machine too. So each row's
`ratio` is compared, in which ours and a yardstick took turns within one run.
What fell by more than a tenth is printed; where the middle halves of the turns
of both runs overlap, it says that the change is within the spread. Runs of
different kinds of machine are not compared: another processor, number of cores,
set of instructions or GPU has other ratios.
"""

import argparse
import dataclasses
import json
from pathlib import Path

FELL = 0.9
# Fewer have no middle half.
FEWEST_TURNS = 3


@dataclasses.dataclass(frozen=True)
class Change:
    """One row in two runs.

    Attributes:
        name: what was measured, and beside what.
        before: the row of the first run.
        after: that of the second.
    """

    name: str
    before: dict
    after: dict

    @property
    def share(self) -> float:
        """What is left of the ratio."""
        return self.after["ratio"] / self.before["ratio"]

    @property
    def few_turns(self) -> bool:
        turns = (self.before["turns"], self.after["turns"])
        return min(turns) < FEWEST_TURNS

    @property
    def within_spread(self) -> bool:
        """Whether the middle halves of both overlap, or there are none."""
        highest = self.after["ratio_spread"][1]
        return self.few_turns or highest >= self.before["ratio_spread"][0]

    def __str__(self) -> str:
        fall = f"by {100 * (1 - self.share):.0f} %"
        said = f"FELL {fall}"
        if self.few_turns:
            said = f"fell {fall}, of too few turns to tell"
        elif self.within_spread:
            said = f"fell {fall}, within the spread"
        return (
            f"{said}: {self.name}: {shown(self.before)} -> {shown(self.after)}"
        )


def shown(row: dict) -> str:
    low, high = row["ratio_spread"]
    return f"{row['ratio']:.3g} times ({low:.3g}-{high:.3g})"


def by_name(run: dict) -> dict[str, dict]:
    return {
        f"{row['what']}, beside {row['reference_name']}": row
        for row in run["rows"]
    }


def falls(before: dict, after: dict) -> list[Change]:
    """Rows whose ratio fell by more than a tenth, the worst first."""
    first, second = by_name(before), by_name(after)
    changes = [
        Change(name, row, second[name])
        for name, row in first.items()
        if name in second
    ]
    fell = [one for one in changes if one.share < FELL]
    return sorted(fell, key=lambda one: (one.within_spread, one.share))


def kind(run: dict) -> str:
    """The kind of machine, in words."""
    about = run["machine"]
    words = [about["processor"], f"{about['cores']} cores"]
    return ", ".join([*words, *about["instructions"], *about["gpus"]])


def report(before: dict, after: dict) -> list[str]:
    """What to print of two runs."""
    if kind(before) != kind(after):
        return [
            f"Not compared: BEFORE is of another kind of machine "
            f"({kind(before)}) than AFTER ({kind(after)})."
        ]
    first, second = by_name(before), by_name(after)
    fell = falls(before, after)
    lines = [str(one) for one in fell]
    lines += [f"missing now: {name}" for name in first if name not in second]
    lines += [f"new: {name}" for name in second if name not in first]
    clear = sum(not one.within_spread for one in fell)
    both = len(set(first) & set(second))
    lines.append(
        f"{clear} of {both} ratios fell by more than a tenth since "
        f"{before['date']}, {len(fell) - clear} more within the spread."
    )
    old, new = before["versions"], after["versions"]
    others = [
        f"{name} {old.get(name, 'none')} -> {new.get(name, 'none')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]
    if others:
        lines.append(f"Other versions: {', '.join(others)}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("before", type=Path, metavar="BEFORE")
    parser.add_argument("after", type=Path, metavar="AFTER")
    values = parser.parse_args()
    runs = [
        json.loads(path.read_text("utf-8"))
        for path in (values.before, values.after)
    ]
    print(*report(*runs), sep="\n")


if __name__ == "__main__":
    main()
