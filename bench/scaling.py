"""What a second worker brings, and what the two tell each other.

    python bench/scaling.py [--json FILE] [--quick]

Training steps of the models of three recipes (in float32, dropout included), on
one worker and on two, each a process of its own that is held to one core, over
the loopback device. With two, each has as many rows as the one alone, or half
as many. What a step of two takes longer than one of one with the same rows is
the time in communication: sending, waiting for the other, and what the messages
take from the cores. Turns alternate; medians of all.

Then, from the models' sizes, what each worker sends in a step: all gradients
are summed densely, by a ring (2 (N - 1) / N of their bytes), because the norm
that is clipped needs repeated words summed up. Behind the stroke, what it would
be with the gradients of embeddings as slices, a row for each token of a batch
per worker as large as above, which all workers gather (N - 1 times their own).
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import time

import measured

# Rows and steps of a batch, and a run's own count of ids where it knows one.
MODELS = {
    "imdb_sentiment": {"rows": 64, "steps": 240, "vocabulary": 20_000},
    "char_lm": {"rows": 64, "steps": 64, "vocabulary": 65},
    "translation": {"rows": 96, "steps": 15, "vocabulary": 5_000},
}
WORKERS = (2, 8, 64, 512)


def built(recipe: str):
    """Builder, arguments and configuration of the model that is measured."""
    import dataclasses

    import recipes

    module, size = recipes.get(recipe), MODELS[recipe]["vocabulary"]
    if recipe == "imdb_sentiment":
        return *module.model(module.Config(), size, 2), module.Config()
    if recipe == "char_lm":
        return *module.model(module.Config(), size), module.Config()
    config = module.PRESETS["multi30k_gru_base_de_en"]
    config = dataclasses.replace(config, precision="float32")
    sizes = {"source_vocabulary_size": size, "target_vocabulary_size": size}
    return *module.model(config, sizes), config


def batch(recipe: str, rows: int):
    """Random ids, as the recipe's batches are."""
    import numpy as np

    about = MODELS[recipe]
    random = np.random.default_rng(0)
    shape = (rows, about["steps"])
    ids = random.integers(4, about["vocabulary"], shape).astype("int32")
    if recipe == "imdb_sentiment":
        return ids, {"logits": (ids[:, 0] % 2).astype("int32")}
    if recipe == "char_lm":
        carry = np.ones((rows, 1), "float32")
        return {"token_ids": ids, "carry": carry}, {"logits": ids}
    return {"source_ids": ids, "target_ids": ids}, {"logits": ids}


def work(values: argparse.Namespace) -> None:
    """One worker: prints the seconds of a step, and those of processors."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {values.index % os.cpu_count()})
    from recipes.distribute import strategy

    addresses = [one for one in values.workers.split(",") if one]
    distribution = strategy.build()
    if addresses:
        distribution = strategy.build("multiworker", addresses, values.index)
    import keras

    from recipes.data.examples import Batches
    from recipes.data.feed import feed
    from recipes.data.replica_batches import shares
    from recipes.training.fit import trainable
    from recipes.training.losses import cross_entropy, token_cross_entropy
    from recipes.training.optimizer import ClippedAdam
    from zoo import models
    from zoo.models.language_model import stateful_form

    times = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            times.append(clocks())

        def on_epoch_end(self, epoch, logs=None):
            times.append(clocks())

    builder, arguments, config = built(values.recipe)
    translates = values.recipe == "translation"
    with distribution.scope():
        model = models.build(builder, arguments)
        if values.recipe == "char_lm":
            model = stateful_form(model, values.rows)
        loss = token_cross_entropy if translates else cross_entropy
        optimizer = ClippedAdam(
            config.learning_rate,
            config.clip_norm,
            ema_momentum=getattr(config, "ema", 0.0),
        )
        model = trainable(model, optimizer, loss(), distribution)
    one = batch(values.recipe, values.rows)
    made = shares(
        Batches(lambda _: itertools.repeat(one), values.steps),
        distribution.replicas,
        distribution.local,
    )
    with strategy.using(distribution):
        # The first epoch builds the graph.
        model.fit(
            feed(lambda: made.make(0), distribution.strategy),
            epochs=2,
            steps_per_epoch=values.steps,
            shuffle=False,
            callbacks=[Clock()],
            verbose=0,
        )
    if distribution.chief:
        taken = [
            (end - start) / values.steps
            for start, end in zip(times[2], times[3], strict=True)
        ]
        print(json.dumps(taken))


def clocks() -> tuple[float, float]:
    return time.perf_counter(), measured.processor_time()


def seconds(recipe: str, rows: int, workers: int, steps: int) -> list[float]:
    """Of a step of so many rows, by workers that are started for it.

    By the clock, and of the first worker's processor.
    """
    from recipes.distribute.launch import free_ports

    addresses = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    command = [sys.executable, __file__, "--recipe", recipe]
    command += ["--rows", str(rows), "--steps", str(steps)]
    if workers > 1:
        command += ["--workers", ",".join(addresses)]
    processes = [
        subprocess.Popen(
            [*command, "--index", str(index)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        for index in range(workers)
    ]
    answers = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit(f"{recipe}: a worker has failed.")
    return json.loads(answers[0].splitlines()[-1])


def all_models(turns: int, steps: int) -> tuple[list, list]:
    """Rows of the table, and the same as records."""
    head = ["training step of", "rows each", "tokens/s, one worker"]
    head += ["two workers", "times one", "in communication, %"]
    lines, rows = [head], []
    for recipe, about in MODELS.items():
        full = about["rows"]
        ways = {"one": (full, 1), "half": (full // 2, 1)}
        ways |= {"two": (2 * full, 2), "two, half": (full, 2)}
        # A translator reads and writes each step.
        tokens = about["steps"] * (2 if recipe == "translation" else 1)
        times = {
            name: measured.Times(result=count * tokens)
            for name, (count, _) in ways.items()
        }
        for _ in range(turns):
            for name, (count, workers) in ways.items():
                wall, processor = seconds(recipe, count, workers, steps)
                times[name].wall.append(wall)
                times[name].processor.append(processor)
        alone = times["one"].result / times["one"].median
        for each, name, local in (
            (full, "two", "one"),
            (full // 2, "two, half", "half"),
        ):
            both = times[name].result / times[name].median
            talk = max(0, 1 - times[local].median / times[name].median)
            lines.append(
                [
                    recipe,
                    str(each),
                    f"{alone:,.0f}",
                    f"{both:,.0f}",
                    f"{both / alone:.2f}",
                    f"{100 * talk:.0f}",
                ]
            )
            rows.append(
                measured.row(
                    f"{recipe}, two workers, {each} rows each",
                    times[name],
                    times["one"],
                    f"one worker, {full} rows",
                    per_second="tokens",
                    communication_share=round(talk, 3),
                )
            )
    return lines, rows


def messages() -> list:
    """What a worker sends in a step, from the models' sizes."""
    from zoo import models

    head = ["model", "gradients, MiB", "of embeddings, %"]
    head += [f"{n} workers, MiB" for n in WORKERS]
    lines = [head]
    for recipe, about in MODELS.items():
        model = models.build(*built(recipe)[:2])
        sizes = {
            layer.name: layer.count_params()
            for layer in model.layers
            if "embedding" in layer.name
        }
        whole = 4 * model.count_params() / 2**20
        tables = 4 * sum(sizes.values()) / 2**20
        rest = whole - tables
        width = next(
            layer.embeddings.shape[1]
            for layer in model.layers
            if hasattr(layer, "embeddings")
        )
        # A row for each token, and the number of the word.
        tokens = about["rows"] * about["steps"]
        slices = tokens * (4 * width + 8) * max(1, len(sizes)) / 2**20
        lines.append(
            [
                recipe,
                f"{whole:.1f}",
                f"{100 * tables / whole:.0f}",
                *(
                    f"{2 * (n - 1) / n * whole:.1f} / "
                    f"{2 * (n - 1) / n * rest + (n - 1) * slices:,.1f}"
                    for n in WORKERS
                ),
            ]
        )
    return lines


def main() -> None:
    parser = measured.parser(__doc__)
    # What this script tells its workers.
    parser.add_argument("--recipe", help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--workers", default="", help=argparse.SUPPRESS)
    parser.add_argument("--index", type=int, default=0, help=argparse.SUPPRESS)
    values = parser.parse_args()
    if values.recipe:
        return work(values)
    if values.quick:
        for name in list(MODELS)[1:]:
            del MODELS[name]
    lines, rows = all_models(*((1, 5) if values.quick else (3, 20)))
    sent = messages()
    measured.show([*lines, [], *sent])
    if values.json:
        measured.write(values.json, rows=rows, table=lines, messages=sent)


if __name__ == "__main__":
    main()
