"""Is or are? Number agreement with a subject that lies far behind.

    zoo train agreement --cell gru

"The writer of the books" is followed by "is", but the nearer noun says "are".
The task needs one bit, kept over everything that comes between. A plain
recurrent network loses it as the distance grows; gates keep it; a window of
the last few words never had it. Sentences come from a grammar of our own
(`recipes.datasets.agreement`); training sees distances up to 20 words, the
test set goes to 40.

Published run: the default, for each of the four cells and the window, as
`zoo demo` trains them; results and times stand in the README.
"""

from pathlib import Path

import keras
import numpy as np

from recipes import run_files
from recipes.config import flags
from recipes.config.agreement import PRESETS, WINDOW, Config
from recipes.config.agreement import search_space as search_space
from recipes.data.examples import Examples, ordered, shuffled
from recipes.datasets import agreement as sentences
from recipes.datasets import content
from recipes.evaluation import classification, plots
from recipes.evaluation.held_out import of_classes
from recipes.training.losses import cross_entropy
from recipes.training.run import Run
from zoo.evaluation import Validation
from zoo.inspect import gradient_flow
from zoo.tasks import TextClassifier
from zoo.text import WordTokenizer

DATA = {
    "name": "agreement sentences from the grammar of this repository",
    "licence": "Apache-2.0, as the repository",
    "version": "1",
}
TRAIN_DISTANCE, TEST_DISTANCE = 20, 40
# The same for every size of training set.
_EXAMPLES_ASIDE = {"validation": 2_100, "test": 8_200}
BY_DISTANCE = "words between subject and verb"
BY_ATTRACTORS = "attractors between"
# The last group of distances that training reaches.
LAST_SEEN = {BY_DISTANCE: "16-20"}


def objective(config: Config) -> tuple[str, str]:
    """The score that a search looks at, and whether its min or max."""
    return "validation_accuracy", "max"


def data(config: Config) -> tuple[WordTokenizer, dict]:
    """The tokenizer, and `Sentences` and `Examples` of each split.

    No sentence is in two splits.
    """
    tokenizer = WordTokenizer(sentences.vocabulary(), rules=1)
    aside = _EXAMPLES_ASIDE
    test = sentences.generate(aside["test"], TEST_DISTANCE, seed=10_001)
    used = frozenset(test.texts)
    validation = sentences.generate(
        aside["validation"], TRAIN_DISTANCE, 10_002, used
    )
    used = used | frozenset(validation.texts)
    train = sentences.generate(
        config.train_examples, TRAIN_DISTANCE, config.seed, used
    )
    splits = {"train": train, "validation": validation, "test": test}
    return tokenizer, {
        name: (split, Examples.from_texts(split.texts, split.labels, tokenizer))
        for name, split in splits.items()
    }


def about(splits: dict) -> dict:
    """What a run says of its data: name, licence, version and SHA-256.

    Args:
        splits: as `data` returned them.
    """
    examples = {
        name: zip(split.texts, split.labels.tolist(), strict=True)
        for name, (split, _) in splits.items()
    }
    return {**DATA, "sha256": content.sha256(examples)}


def model(config: Config, vocabulary_size: int) -> tuple[str, dict]:
    """The builder's name and its arguments.

    The recurrent models decide from their last state alone: whatever they
    need from the subject must have come all the way.
    """
    arguments = {
        "vocabulary_size": vocabulary_size,
        "classes": len(sentences.LABELS),
        "units": config.units,
        "layers": config.layers,
        "embedding_size": config.embedding_size,
        "dropout": config.dropout,
    }
    if config.cell == WINDOW:
        return "feedforward", {**arguments, "window": config.window}
    return "classifier", {
        **arguments,
        "cell": config.cell,
        "bidirectional": False,
        "pooling": "last",
    }


def grouped(split: sentences.Sentences, predicted: np.ndarray) -> dict:
    """Accuracy by distance and by number of attractors."""
    right = predicted == split.labels
    by_distance, by_attractors = {}, {}
    edges = [(0, 0)] + [(d, d + 4) for d in range(1, TEST_DISTANCE, 5)]
    for low, high in edges:
        chosen = (split.distances >= low) & (split.distances <= high)
        name = f"{low}-{high}" if high else "0"
        by_distance[name] = round(float(right[chosen].mean()), 5)
    for number in range(7):
        last = number == 6
        chosen = split.attractors == number
        if last:
            chosen = split.attractors >= number
        name = f"{number}+" if last else str(number)
        by_attractors[name] = round(float(right[chosen].mean()), 5)
    return {BY_DISTANCE: by_distance, BY_ATTRACTORS: by_attractors}


def measured(split: sentences.Sentences, predicted: np.ndarray) -> dict:
    """The scores of `metrics.json`."""
    seen = split.distances <= TRAIN_DISTANCE
    groups = grouped(split, predicted)
    return {
        "test_accuracy": classification.accuracy(split.labels, predicted),
        "test_accuracy_seen_distances": classification.accuracy(
            split.labels[seen], predicted[seen]
        ),
        "test_accuracy_longer_distances": classification.accuracy(
            split.labels[~seen], predicted[~seen]
        ),
        "test_accuracy_by_distance": groups[BY_DISTANCE],
        "test_accuracy_by_attractors": groups[BY_ATTRACTORS],
    }


def far_ids(tokenizer: WordTokenizer, split: sentences.Sentences) -> np.ndarray:
    """Ids of the first eight sentences that go nearly as far as there are."""
    far = np.flatnonzero(split.distances >= TEST_DISTANCE - 5)[:8]
    return tokenizer.encode_batch([split.texts[index] for index in far])


def evaluate(
    trained: TextClassifier, config: Config, data_dir: Path | None = None
) -> dict:
    """The scores of a trained model on the test set."""
    test, examples = data(config)[1]["test"]
    predicted = classification.predict(trained.model, examples).argmax(axis=-1)
    return measured(test, predicted)


def validation(
    trained: TextClassifier, config: Config, data_dir: Path | None = None
) -> Validation:
    """What other forms of a trained model are scored on."""
    split, _ = data(config)[1]["validation"]
    return of_classes(trained, split.texts, split.labels)


def tested(
    config: Config,
    folder: Path,
    net: keras.Model,
    tokenizer: WordTokenizer,
    split: sentences.Sentences,
    examples: Examples,
) -> dict:
    """The scores of the test set; its pictures go into the run folder."""
    predicted = classification.predict(net, examples).argmax(axis=-1)
    plots.confusion_matrix(
        classification.confusion(split.labels, predicted, 2),
        sentences.LABELS,
        folder / run_files.PLOTS / "confusion.png",
    )
    plots.accuracy_lines(
        {config.cell: grouped(split, predicted)},
        LAST_SEEN,
        folder / run_files.PLOTS / "accuracy.png",
    )
    metrics = measured(split, predicted)
    if config.cell != WINDOW:
        # Of the layer next to the words; infinite is not a number in JSON.
        flow = gradient_flow(net, far_ids(tokenizer, split))[0]
        steps = round(flow.half_life, 2)
        metrics["gradient_half_life"] = steps if steps < np.inf else "beyond"
    return metrics


def train(
    config: Config,
    run_dir: Path,
    data_dir: Path | None = None,
    progress: bool = True,
    test: bool = True,
) -> dict:
    """Trains, tests, and fills the run folder; returns `metrics.json`.

    Args:
        config: what to train.
        run_dir: the run folder; an interrupted run goes on.
        data_dir: unused, the sentences are made here.
        progress: whether to show how far it is.
        test: whether the test set is read at the end.
    """
    run = Run(
        run_dir,
        "agreement",
        config,
        command=flags.command("agreement", config),
        seed=config.seed,
        precision=config.precision,
        batch_size=config.batch_size,
    )
    if run.metrics is not None:
        return run.metrics
    tokenizer, splits = data(config)
    examples = {name: split[1] for name, split in splits.items()}
    net = run.begin(
        *model(config, tokenizer.size),
        sentences.LABELS,
        tokenizer,
        about(splits),
    )
    training = shuffled(examples["train"], config.batch_size, config.seed)
    loss = cross_entropy(config.label_smoothing)
    held_out = ordered(examples["validation"], classification.BATCH_SIZE)
    net = run.fit(
        net,
        training,
        classification.of_batches(net, held_out, loss),
        loss=loss,
        accuracy=True,
        monitor="val_accuracy",
        best=max,
        learning_rate=config.learning_rate,
        epochs=config.epochs,
        patience=config.patience,
        clip_norm=config.clip_norm,
        weight_decay=config.weight_decay,
        progress=progress,
    )

    metrics = {"cell": config.cell, "validation_accuracy": run.best_validation}
    if test:
        metrics.update(
            tested(config, run.folder, net, tokenizer, *splits["test"])
        )
    return run.finish(net, metrics, tokens=len(examples["train"].token_ids))


def main(arguments: list[str]) -> dict:
    """Trains as the command line says; returns the metrics."""
    parser = flags.parser("agreement", Config, PRESETS, __doc__)
    config, values = flags.parse(parser, arguments, Config, PRESETS)
    run_dir = values.run_dir or Path("runs", f"agreement_{config.cell}")
    return train(config, run_dir, values.data_dir)
