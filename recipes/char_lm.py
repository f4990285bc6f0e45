"""Which character comes next? A language model of one long text.

    zoo train char_lm
    zoo train char_lm --data tiny_shakespeare
    zoo train char_lm --train-file mine.txt

The text is cut into as many stretches as a batch has rows; each batch takes
the next window of every stretch and goes on from the states in which the last
one ended, so the network reads on and on, while gradients go back through one
window only (truncated back-propagation through time).

With `--train-file` the settings suit your own text, unless flags, a preset or a
file say others (`recipes.config.fit_to_language`).

The text's first part is trained on, the next one validates each epoch and
chooses the best, and the last, with `--test-share`, is read once at the end.
What is reported is the mean over *every* character of a split but its first,
read as one text, the state carried through. (The validation in between reads 32
stretches side by side.) For Tiny Shakespeare the split is nanoGPT's.

Published runs, on 2 cores: `--data tiny_shakespeare` 1.460 nats per character
after 746 s (1.399 on tensorflow-datasets' validation split, its first half);
`--preset shakespeare_lstm_base`, products in bfloat16, on a processor that has
them, 1.437 after 816 s (1.384). nanoGPT's Transformer of 10.65 M parameters, on
a GPU: 1.4697. `--preset war_and_peace_lstm_base`: 1.764 bits per character on
the validation part, 1.883 on the test, after 1,215 s on one core.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from recipes import run_files
from recipes.config import flags
from recipes.config.char_lm import FITTED, PRESETS, Config
from recipes.config.char_lm import search_space as search_space
from recipes.config.fit_to_language import char_fitted as fitted
from recipes.data import token_files
from recipes.data.windows import windows
from recipes.datasets import own_texts
from recipes.datasets.long_texts import DATA, pieces
from recipes.evaluation.held_out import of_text
from recipes.evaluation.language_modeling import scores
from recipes.training.losses import cross_entropy
from recipes.training.run import Run
from recipes.training.run_folder import as_begun
from zoo import cells
from zoo.decoding import Sampling, Stream
from zoo.decoding.scoring import text_nats
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.models.language_model import stateful_form
from zoo.printable import printable
from zoo.tasks import LanguageModel
from zoo.text import TextTokenizer

# Stretches that validation reads side by side.
_VALIDATION_ROWS = 32
# What `data` was by default in runs and prepared texts of before.
_FORMER_DEFAULT = "python_reference"
# What a token is.
_UNITS = dict(zip(token_files.TOKENS, ("character", "byte"), strict=True))


def objective(config: Config) -> tuple[str, str]:
    """The score that a search looks at, and whether its min or max."""
    return f"validation_nats_per_{_UNITS[config.tokens]}", "min"


def data(
    config: Config,
    data_dir: Path | None,
    folder: Path,
    tokenizer: TextTokenizer | None = None,
) -> token_files.TokenFiles:
    """The text as ids: made in `folder`, or read from there."""
    fields = ("data", "train_file", "tokens", "validation_share", "test_share")
    key = {name: getattr(config, name) for name in fields}
    if config.train_file:
        # Then `data` has no meaning.
        key["data"] = _FORMER_DEFAULT
    return token_files.prepared(
        folder,
        key,
        lambda: pieces(config.data, config.train_file, data_dir),
        config.train_file or config.data,
        list(filter(None, [config.train_file])),
        tokenizer,
        {name: getattr(config, name) for name in FITTED},
    )


def about(config: Config, sha256: str | None) -> dict:
    """What a run says of its text; with the text's SHA-256, if known."""
    known = DATA[config.data]
    if config.train_file:
        known = own_texts.about(config.train_file)
    return {**known, "sha256": sha256} if sha256 else known


def model(config: Config, vocabulary_size: int) -> tuple[str, dict]:
    """The builder's name and its arguments."""
    # A linear cell has no product that takes its state in.
    drops = cells.registration(config.cell).takes_recurrent_mask
    return "language_model", {
        "vocabulary_size": vocabulary_size,
        "cell": config.cell,
        "units": config.units,
        "layers": config.layers,
        "embedding_size": config.embedding_size,
        "tied": config.tied,
        "embedding_dropout": config.embedding_dropout,
        "dropout": config.dropout,
        "recurrent_dropout": config.recurrent_dropout * drops,
    }


def measured(
    config: Config, net: keras.Model, splits: dict[str, np.ndarray]
) -> dict:
    """The scores of all parts of the text but the training part."""
    first_halves = {}
    if _is_nanogpt_split(config):
        # tensorflow-datasets validates on the first half of that.
        first_halves["validation"] = "tfds_validation"
    return scores(
        net,
        {name: ids for name, ids in splits.items() if name != "train"},
        unit=_UNITS[config.tokens],
        first_halves=first_halves,
    )


def _is_nanogpt_split(config):
    return (
        (config.train_file or config.data) == "tiny_shakespeare"
        and config.tokens == "characters"
        and (config.validation_share, config.test_share) == (0.1, 0.0)
    )


def evaluate(
    trained: LanguageModel, config: Config, data_dir: Path | None = None
) -> dict:
    """The scores of a trained model on the text of `config`."""
    with tempfile.TemporaryDirectory() as folder:
        files = data(config, data_dir, Path(folder), trained.tokenizer)
        return measured(config, trained.model, files.splits)


def validation(
    trained: LanguageModel, config: Config, data_dir: Path | None = None
) -> Validation:
    """What other forms of a trained model are scored on."""
    with tempfile.TemporaryDirectory() as folder:
        files = data(config, data_dir, Path(folder), trained.tokenizer)
        return of_text(trained, files.splits["validation"])


def train(
    config: Config,
    run_dir: Path,
    data_dir: Path | None = None,
    progress: bool = True,
    prepared_dir: Path | None = None,
    test: bool = True,
    said: Sequence[str] = (),
) -> dict:
    """Trains, tests, and fills the run folder; returns `metrics.json`.

    Args:
        config: what to train.
        run_dir: the run folder; an interrupted run goes on.
        data_dir: folder of tensorflow-datasets, or of the other data.
        progress: whether to show how far it is, and a sample each epoch.
        prepared_dir: folder of the text as ids, made if it is not there; by
            default a part of the run folder, until the run is done.
        test: whether the test part, if there is one, is read at the end.
        said: lines to print when the text is read, and can be learned.
    """
    config = as_begun(config, run_dir, data=_FORMER_DEFAULT)
    run = Run(
        run_dir,
        "char_lm",
        config,
        command=flags.command("char_lm", config),
        seed=config.seed,
        precision=config.precision,
        batch_size=config.batch_size,
    )
    if run.metrics is not None:
        return run.metrics
    files = data(config, data_dir, prepared_dir or run.folder / run_files.TEXT)
    tokenizer, splits = files.tokenizer, files.splits
    try:
        training = windows(
            splits["train"],
            config.batch_size,
            config.window,
            config.seed,
            config.epoch_windows,
        )
    except InputError:
        # A mistake that is found before the run begins leaves no trace.
        token_files.discard(run.folder / run_files.TEXT)
        raise
    for line in said:
        print(printable(line), flush=True)
    builder, arguments = model(config, tokenizer.size)
    lineage = about(config, files.sha256)
    net = run.begin(builder, arguments, [], tokenizer, lineage)
    text = Stream(net, tokenizer)

    def validate():
        ids = splits["validation"]
        rows = min(_VALIDATION_ROWS, len(ids) - 1)
        parts = text_nats(text.reader, ids, rows)
        sums = [(part.sum(), part.size) for part in parts]
        nats = np.divide(*np.sum(sums, axis=0))
        if progress:
            text.reset()
            sample = text.generate(200, Sampling(0.8), config.seed)
            shown = printable("".join(sample).strip(), keep="\n\t")
            print(f"\n{shown}\n", flush=True)
        return {"val_loss": nats}

    net = run.fit(
        net,
        training,
        validate,
        loss=cross_entropy(),
        monitor="val_loss",
        best=min,
        learning_rate=config.learning_rate,
        epochs=config.epochs,
        patience=config.patience,
        clip_norm=config.clip_norm,
        weight_decay=config.weight_decay,
        ema=config.ema,
        training_model=lambda: stateful_form(net, config.batch_size),
        progress=progress,
    )
    read = ["validation", "test"] if test else ["validation"]
    scored = {name: splits[name] for name in read if name in splits}
    metrics = {
        "cell": config.cell,
        **measured(config, net, scored),
        "splits": {name: len(ids) for name, ids in splits.items()},
    }
    tokens = training.steps * config.batch_size * config.window
    metrics = run.finish(net, metrics, tokens)
    token_files.discard(run.folder / run_files.TEXT)
    return metrics


def main(arguments: list[str]) -> dict:
    """Trains as the command line says; returns the metrics."""
    parser = flags.parser("char_lm", Config, PRESETS, __doc__)
    flags.add_prepared(parser)
    config, values = flags.parse(parser, arguments, Config, PRESETS)
    run_dir = values.run_dir or Path("runs", "char_lm")
    config, said = fitted(config, values, run_dir)
    if flags.only_prepares(values):
        splits = data(config, values.data_dir, values.prepared).splits
        return {f"{name}_tokens": len(ids) for name, ids in splits.items()}
    return train(
        config,
        run_dir,
        values.data_dir,
        prepared_dir=values.prepared,
        said=said,
    )
