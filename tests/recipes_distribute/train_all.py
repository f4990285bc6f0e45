"""Trains tiny configurations of the recipes: a process of test_distribution.py.

    python train_all.py CONFIGS.json FOLDER
    python train_all.py CONFIGS.json FOLDER HOST:PORT,HOST:PORT INDEX

Without workers, each run three times: on one device, on two replicas, and on
one by XLA.
"""

import json
import sys
from pathlib import Path

from recipes.distribute import strategy


def main(configs, folder, workers="", index="0"):
    if workers:
        addresses = workers.split(",")
        found = strategy.build("multiworker", addresses, int(index))
        distributions = {"multiworker": found}
    else:
        # First of all the devices; where they are unused they do not matter.
        two = strategy.build("mirrored", replicas=2)
        distributions = {
            "none": strategy.build(),
            "mirrored": two,
            "xla": strategy.build(xla=True),
        }
    import recipes

    for name, distribution in distributions.items():
        with strategy.using(distribution):
            for recipe, config in json.loads(Path(configs).read_text()).items():
                module = recipes.get(recipe)
                module.train(
                    module.Config(**config),
                    Path(folder, name, recipe),
                    progress=False,
                    test=False,
                )


if __name__ == "__main__":
    main(*sys.argv[1:])
