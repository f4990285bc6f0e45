"""Every number on a card, measured again: `zoo evaluate` of what ships.

    python bench/published.py [NAME ...] [--data-dir DIR ...] [--write]

A pretrained model has rounded weights, so its scores are not quite those of the
run that it was made of. With `--write`, those measured here take their place in
its card and its manifest, and `zoo evaluate NAME` prints what the card says;
without, both are shown, and the exit code is 1 if they differ.
"""

import argparse
import sys
from pathlib import Path


def main() -> int:
    import recipes
    import zoo
    from zoo.errors import InputError
    from zoo.pretrained.registry import names
    from zoo.pretrained.writer import restate

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--data-dir", type=Path, action="append", metavar="DIR")
    parser.add_argument("--write", action="store_true")
    values = parser.parse_args()
    differ = False
    for name in values.names or names():
        trained = zoo.load(name)
        module, config = recipes.of(trained)
        for place in values.data_dir or [None]:
            try:
                found = module.evaluate(trained, config, place)
                break
            except InputError as error:
                # Not in this folder; maybe in the next.
                found, why = None, error
        if found is None:
            print(f"{name}: {why}")
            differ = True
            continue
        said = trained.about["scores"]
        for key, value in found.items():
            if said.get(key) != value:
                print(f"{name}  {key}: {said.get(key)} -> {value}", flush=True)
                differ = True
        if values.write:
            restate(trained, found)
        print(f"{name}  evaluated", flush=True)
    return int(differ and not values.write)


if __name__ == "__main__":
    sys.exit(main())
