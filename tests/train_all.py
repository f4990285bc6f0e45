"""Trains tiny configurations of the recipes: a process of test_distribution.py.

python train_all.py CONFIGS.json FOLDER [flags of recipes.strategy ...]
"""

import json
import sys
from pathlib import Path

from recipes import strategy, strategy_flags


def main(configs, folder, *flags):
    placement = strategy_flags.asked(flags)
    import recipes

    with strategy.using(placement):
        for name, config in json.loads(Path(configs).read_text()).items():
            module = recipes.get(name)
            module.train(
                module.Config(**config),
                Path(folder, name),
                progress=False,
                test=False,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
