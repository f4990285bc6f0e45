"""How far a score depends on the seed: a published run, with several seeds.

    python bench/seeds.py RECIPE --preset NAME --to FILE [--seeds 1,2,3]
        [--shipped] [--runs DIR] [--data-dir DIR]

Trains the preset with each seed, in `DIR/NAME_SEED` (what is there already is
not trained again), and writes what `zoo push X TO --about FILE` puts on the
model's card: the seeds, and the scores that they ended with. The model that
ships is that of the preset's own seed, whatever the others reach; with
`--shipped` it is not trained again either: the scores of the pretrained model
of that name, whose weights are rounded, stand for its seed.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

# What a score is called, by the field of metrics.json.
SCORES = (
    "test_accuracy",
    "bleu",
    "chrf",
    "exact_match",
    "validation_nats_per_character",
    "validation_bits_per_character",
    "test_bits_per_character",
    "validation_perplexity",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe", metavar="RECIPE")
    parser.add_argument("--preset", required=True, metavar="NAME")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE")
    parser.add_argument("--seeds", default="1,2,3", metavar="LIST")
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--runs", type=Path, default="runs", metavar="DIR")
    parser.add_argument("--data-dir", metavar="DIR")
    values = parser.parse_args()
    seeds = [int(seed) for seed in values.seeds.split(",")]
    found = []
    known = {}
    if values.shipped:
        import zoo

        known = zoo.load(values.preset).about
    for seed in seeds:
        if known and seed == known["config"]["seed"]:
            found.append(known["scores"])
            continue
        folder = values.runs / f"{values.preset}_{seed}"
        command = [sys.executable, "-m", "zoo", "train", values.recipe]
        command += ["--preset", values.preset, "--seed", str(seed)]
        command += ["--run-dir", str(folder)]
        if values.data_dir:
            command += ["--data-dir", values.data_dir]
        subprocess.run(command, check=True)
        found.append(json.loads((folder / "metrics.json").read_text()))
    spread = {"seeds": seeds}
    for name in SCORES:
        if name in found[0]:
            spread[name] = [metrics[name] for metrics in found]
            mean = statistics.mean(spread[name])
            print(f"{name:<30} {spread[name]}  mean {mean:.5g}")
    # Other facts that are in the file stay there.
    about = json.loads(values.to.read_text()) if values.to.exists() else {}
    about["spread"] = spread
    values.to.write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
