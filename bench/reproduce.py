"""A pretrained model from nothing: its run, and those that it needs before.

    python bench/reproduce.py RECIPE PRESET [--data-dir DIR] [--dry-run]

What a preset starts from or learns from, where that stands in `runs/`, is a
preset of the same recipe: it is trained first, and so on. Each run goes to
`runs/PRESET`; what is finished there is not trained again, what was interrupted
goes on. `--dry-run` prints the commands alone.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path, PurePosixPath

# bench/onnx.py must not be taken for the package of its name.
sys.path = [path for path in sys.path if Path(path) != Path(__file__).parent]

# Where the presets look for each other.
RUNS = "runs"


def needed(name: str, presets: dict) -> list[str]:
    """Presets to train, in this order; the last is `name` itself."""
    config, before = presets[name], []
    for field in ("teacher", "source"):
        for one in getattr(config, field, "").split(","):
            path = PurePosixPath(one)
            if path.parent == PurePosixPath(RUNS):
                before += needed(path.name, presets)
    # Each once, where it is needed first.
    return list(dict.fromkeys([*before, name]))


def main() -> int:
    import recipes
    from zoo.names import one_of

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe", metavar="RECIPE")
    parser.add_argument("preset", metavar="PRESET")
    parser.add_argument("--data-dir", metavar="DIR")
    parser.add_argument("--dry-run", action="store_true")
    values = parser.parse_args()
    presets = recipes.get(values.recipe).PRESETS
    one_of("PRESET", values.preset, presets)
    for name in needed(values.preset, presets):
        words = ["train", values.recipe, "--preset", name]
        words += ["--run-dir", f"{RUNS}/{name}"]
        if values.data_dir:
            words += ["--data-dir", values.data_dir]
        print(shlex.join(["zoo", *words]), flush=True)
        if not values.dry_run:
            subprocess.run([sys.executable, "-m", "zoo", *words], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
