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


def main() -> int:
    import recipes
    from zoo.errors import InputError

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe", metavar="RECIPE")
    parser.add_argument("preset", metavar="PRESET")
    parser.add_argument("--data-dir", metavar="DIR")
    parser.add_argument("--dry-run", action="store_true")
    values = parser.parse_args()
    try:
        names = recipes.needed(values.recipe, values.preset)
    except InputError as error:
        parser.error(str(error))
    for name in names:
        words = ["train", values.recipe, "--preset", name]
        words += ["--run-dir", f"runs/{name}"]
        if values.data_dir:
            words += ["--data-dir", values.data_dir]
        print(shlex.join(["zoo", *words]), flush=True)
        if not values.dry_run:
            done = subprocess.run([sys.executable, "-m", "zoo", *words])
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
