"""IMDB: our published presets against Keras's own example, time and accuracy.

    python bench/imdb_time_to_accuracy.py --data-dir DIR [--json FILE]

Runs, one after the other in processes of their own, the two epochs of Keras's
`bidirectional_lstm_imdb` example (Chollet, 2020: two bidirectional LSTM layers
of 64 units, 20,000 words, the last 200 words of each review, batches of 32)
and `zoo train imdb_sentiment` with each preset of `--presets`. The times are
those of training with its validation after each epoch; reading the data, and
the one pass over the test set at the end of ours, are outside of both. The
example validates on the test set, as Keras's page does.

`--runs DIR` keeps our runs, in folders named after their presets. `--quick`
takes a twentieth of the data for Keras's side and the preset `tiny` for ours: a
check that all runs, no result.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measured

KERAS_EXAMPLE = "keras bidirectional_lstm_imdb"


def keras_example(data_dir: Path | None, quick: bool) -> dict:
    """Keras's example on the same reviews; it ships with their ids only."""
    import keras
    from keras import layers

    from recipes.datasets import imdb
    from zoo.text import WordTokenizer

    keras.utils.set_random_seed(1)
    splits = {}
    for split in ("train", "test"):
        texts, labels = imdb.load(split, data_dir)
        step = 20 if quick else 1
        splits[split] = texts[::step], labels[::step]
    tokenizer = WordTokenizer.from_texts(splits["train"][0], 20_000, rules=1)
    arrays = {
        split: (
            keras.utils.pad_sequences(
                [tokenizer.encode(text) for text in texts], maxlen=200
            ),
            keras.ops.convert_to_numpy(labels),
        )
        for split, (texts, labels) in splits.items()
    }

    inputs = keras.Input(shape=(None,), dtype="int32")
    x = layers.Embedding(20_000, 128)(inputs)
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(64))(x)
    outputs = layers.Dense(1, activation="sigmoid")(x)
    model = keras.Model(inputs, outputs)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    started = time.perf_counter()
    history = model.fit(
        *arrays["train"],
        batch_size=32,
        epochs=2,
        validation_data=arrays["test"],
        verbose=2,
    )
    return {
        "train_seconds": time.perf_counter() - started,
        "test_accuracy": history.history["val_accuracy"][-1],
    }


def ours(data_dir: Path | None, preset: str, runs: Path | None) -> dict:
    """The recipe with one of its presets."""
    from recipes import imdb_sentiment

    arguments = ["--preset", preset]
    if data_dir is not None:
        arguments += ["--data-dir", str(data_dir)]
    with tempfile.TemporaryDirectory() as folder:
        run_dir = (runs or Path(folder)) / preset
        return imdb_sentiment.main([*arguments, "--run-dir", str(run_dir)])


def in_its_own_process(which: str, arguments: list[str]) -> dict:
    """Runs this script for one side, and reads its last line."""
    command = [sys.executable, __file__, "--only", which, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="", flush=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    return json.loads(done.stdout.splitlines()[-1])


def rows_of(results: dict, reference: dict) -> list[dict]:
    return [
        {
            "what": f"imdb {preset} {key}",
            "ours": result[key],
            "reference": reference[key],
            "reference_name": KERAS_EXAMPLE,
            "unit": unit,
            "ratio": round(
                (result[key] / reference[key]) ** (-1 if unit == "s" else 1), 3
            ),
        }
        for preset, result in results.items()
        for key, unit in (("train_seconds", "s"), ("test_accuracy", "1"))
    ]


def main() -> None:
    parser = measured.parser(__doc__)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--presets", nargs="+", default=["default", "fast"])
    parser.add_argument("--runs", type=Path, metavar="DIR")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    values = parser.parse_args()
    measured.quiet()
    if values.only == "keras":
        print(json.dumps(keras_example(values.data_dir, values.quick)))
        return
    if values.only:
        print(json.dumps(ours(values.data_dir, values.only, values.runs)))
        return
    # Nine minutes of Keras first would be a late moment to find a mistake.
    from recipes import imdb_sentiment
    from zoo.argument_checks import one_of

    presets = ["tiny"] if values.quick else values.presets
    for preset in presets:
        one_of("preset", preset, imdb_sentiment.PRESETS)
    same = ["--quick"] if values.quick else []
    for name in ("data_dir", "runs"):
        if getattr(values, name) is not None:
            flag = f"--{name.replace('_', '-')}"
            same += [flag, str(getattr(values, name))]
    reference = in_its_own_process("keras", same)
    results = {preset: in_its_own_process(preset, same) for preset in presets}
    print("\n| | test accuracy, % | training, s |\n|---|---|---|")
    for name, side in ((KERAS_EXAMPLE, reference), *results.items()):
        print(
            f"| {name} | {100 * side['test_accuracy']:.2f} "
            f"| {side['train_seconds']:.0f} |"
        )
    if values.json:
        measured.write(
            values.json,
            versions=measured.versions("keras", "tensorflow"),
            rows=rows_of(results, reference),
        )


if __name__ == "__main__":
    main()
