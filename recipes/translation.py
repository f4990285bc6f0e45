"""The same in another language: an encoder, a decoder, and where it looks.

    zoo train translation
    zoo train translation --preset multi30k_en_de_first
    zoo train translation --data multi30k --pair de-en
    zoo train translation --train-source mine.en --train-target mine.cy

Without more, it learns what dates mean, as people write them in 36 languages:
"mercredi 3 octobre 1990" -> "1990-10-03". Sentences are cut into subword units
that SentencePiece learns from the training side alone; a batch has as many
sentences of like length as fit into `--batch-tokens`.

Your own sentences come from two files, line by line, or from one with tabs
(`--train-pairs`); `--test-source` and the like are your test, else a part is
set aside, and so is what validates. `--teacher` learns, beside them, what
another translator makes of them, in this direction or back
(`recipes.methods.data_diversification`), and `--beside` another data set.
`--from` goes on from another translator, or from the mean of several
(`recipes.methods.warm_start`), and `--risk` with how good its own translations
are (`recipes.methods.minimum_risk`). After each epoch, the validation set is
translated greedily, and three samples shown; the epoch of the best chrF is
kept. The test set is translated at the end, greedily and with a beam.

Published runs, on 2 cores: dates (the default), 99.88 % of the test dates exact
after 177 s. Multi30k's test_2016_flickr, five beams, sacreBLEU
nrefs:1|case:lc|eff:no|tok:13a|smooth:exp, after so many seconds on one core,
other work beside it: `--preset multi30k_gru_base_de_en` 41.24 BLEU (1,946).
`..._en_de` 38.93 (624) goes on from `multi30k_en_de_first` 37.57 (2,500),
`..._en_fr` 58.15 (747) from `multi30k_en_fr_first` 57.74 (2,606), `..._fr_en`
53.97 (332 on two cores) from the mean of several; `bench/reproduce.py` trains
what comes before. Tatoeba, a split of our own: `tatoeba_gru_base_en_fr` 34.06
(1,128), `..._fr_en` 42.76 (1,060).
"""

import dataclasses
import functools
from pathlib import Path

from recipes.config import flags
from recipes.config.translation import PRESETS, Config
from recipes.data.pairs import Pairs, by_tokens
from recipes.datasets import parallel
from recipes.evaluation import translation
from recipes.evaluation.held_out import of_pairs
from recipes.methods import data_diversification, minimum_risk, warm_start
from recipes.training.losses import token_cross_entropy
from recipes.training.run import Run
from zoo.decoding import Translator
from zoo.decoding.translation import LONGEST_SOURCE
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.models.translator import ATTENTIONS
from zoo.tasks import Task
from zoo.text import PairTokenizer, SubwordTokenizer

# Sentences that are translated after each epoch, and those that are shown.
_VALIDATED, _SHOWN = 2_000, 3
# Of all steps, so many have a growing learning rate.
_WARMUP = 0.02


def objective(config: Config) -> tuple[str, str]:
    """The score that a search looks at, and whether its min or max."""
    return "validation_chrf", "max"


def search_space(hp, config: Config) -> Config:
    """What `zoo tune` tries; the rest is as in `config`."""
    return dataclasses.replace(
        config,
        cell=hp.Choice("cell", ["gru", "lstm"]),
        units=hp.Int("units", 64, 256, step=64),
        encoder_layers=hp.Int("encoder_layers", 1, 2),
        attention=hp.Choice("attention", list(ATTENTIONS)),
        embedding_size=hp.Choice("embedding_size", [32, 64, 128]),
        dropout=hp.Float("dropout", 0.0, 0.4, step=0.1),
        learning_rate=hp.Float("learning_rate", 1e-3, 1e-2, sampling="log"),
    )


def data(
    config: Config,
    data_dir: Path | None,
    tokenizer: PairTokenizer | None = None,
) -> tuple[dict[str, list[tuple[str, str]]], PairTokenizer]:
    """Sources and targets of the splits; a tokenizer of the training side.

    A fourth one, `beside`, is what is learned beside the training set. With
    `tokenizer`, none is made.
    """
    texts = parallel.texts(config, data_dir)
    texts = {**texts, "beside": parallel.beside(config, data_dir, texts)}
    if tokenizer is None:
        tokenizer = _tokenizer(config, texts["train"] + texts["beside"])
    # Before the training that a refusal at its end would waste.
    parallel.check_lengths(texts, tokenizer, LONGEST_SOURCE)
    return texts, tokenizer


def _tokenizer(config, pairs):
    sides = [list(side) for side in zip(*pairs, strict=True)]
    sides = [sides[0] + sides[1]] if config.shared else sides
    made = [
        SubwordTokenizer.from_texts(side, config.vocabulary_size, config.tokens)
        for side in sides
    ]
    return PairTokenizer(made[0], made[-1])


def model(config: Config, sizes: dict[str, int]) -> tuple[str, dict]:
    """The builder's name and its arguments, `sizes` of them the tokenizer's."""
    return "translator", {
        **sizes,
        "cell": config.cell,
        "units": config.units,
        "encoder_layers": config.encoder_layers,
        "decoder_layers": config.decoder_layers,
        "bidirectional": config.bidirectional,
        "attention": config.attention,
        "input_feeding": config.input_feeding,
        "embedding_size": config.embedding_size,
        "shared": config.shared,
        "tied": config.tied,
        "embedding_dropout": config.embedding_dropout,
        "dropout": config.dropout,
    }


def evaluate(
    trained: Task, config: Config, data_dir: Path | None = None
) -> dict:
    """The scores of a trained model on the test set of `config`."""
    test = parallel.texts(config, data_dir)["test"]
    return translation.tested(trained.decoder, test, config)


def validation(
    trained: Task, config: Config, data_dir: Path | None = None
) -> Validation:
    """What other forms of a trained model are scored on."""
    pairs = parallel.texts(config, data_dir)["validation"]
    return of_pairs(trained, pairs, parallel.score(config))


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
        data_dir: folder of tensorflow-datasets, or of copies of the data.
        progress: whether to show how far it is, and a sample each epoch.
        test: whether the test set is translated at the end.
    """
    run = Run(
        run_dir,
        "translation",
        config,
        command=flags.command("translation", config),
        seed=config.seed,
        precision=config.precision,
    )
    if run.metrics is not None:
        return run.metrics
    teachers = data_diversification.teachers(
        config.teacher, parallel.pair(config)
    )
    found = warm_start.source(config, ("translator",))
    texts, tokenizer = data(config, data_dir, found and found.tokenizer)
    learned = texts["train"] + texts["beside"]
    pairs = _short_enough(learned, tokenizer, config, progress)
    builder, arguments = model(config, tokenizer.sizes)
    about = parallel.about(config)
    if found:
        arguments = warm_start.adopted(arguments, found, config)
        about = warm_start.after(about, found)
    built = (builder, arguments)
    net = run.begin(*built, [], tokenizer, about)
    if config.risk:
        pairs = _judged(config, run, texts["train"], tokenizer, found)
    elif teachers:
        learned += _taught(run, texts["train"], teachers)
        pairs = Pairs.from_texts(learned, tokenizer, config.longest)
    translator = Translator(net, tokenizer)
    validation = texts["validation"][:_VALIDATED]
    nats = translation.nats(
        net, Pairs.from_texts(validation, tokenizer, LONGEST_SOURCE)
    )
    sources, references = zip(*validation, strict=True)

    def validate():
        written = [one.text for one in translator.translate(sources, None)]
        found = translation.scores(written, references)
        if progress:
            for pair in zip(sources[:_SHOWN], written, strict=False):
                print("", *pair, sep="\n", flush=True)
        return {
            "val_loss": nats(),
            **{f"val_{n}": found[n] for n in ("bleu", "chrf", "exact_match")},
        }

    batches = (config.batch_tokens, config.seed, config.word_dropout)
    training = by_tokens(pairs, *batches)
    loss, form = token_cross_entropy(config.label_smoothing), None
    if config.risk:
        weights = (config.risk, config.label_smoothing)
        loss, form = (
            minimum_risk.loss,
            functools.partial(minimum_risk.form, net, *weights),
        )
    net = run.fit(
        net,
        training,
        validate,
        loss=loss,
        monitor="val_chrf",
        best=max,
        learning_rate=config.learning_rate,
        warmup_share=_WARMUP,
        epochs=config.epochs,
        patience=config.patience,
        clip_norm=config.clip_norm,
        weight_decay=config.weight_decay,
        ema=config.ema,
        initialise=found and functools.partial(warm_start.give, net, found, []),
        training_model=form,
        progress=progress,
    )
    metrics = {"cell": arguments["cell"], "pair": parallel.pair(config)}
    if test:
        translator = Translator(net, tokenizer)
        found = translation.tested(
            translator, texts["test"], config, run.folder / "plots"
        )
        metrics.update(found)
    metrics["validation_chrf"] = run.best_validation
    metrics["splits"] = {name: len(split) for name, split in texts.items()}
    return run.finish(net, metrics, tokens=int(pairs.lengths.sum()))


def _short_enough(texts, tokenizer, config, progress):
    """The pairs that are not too long.

    Raises:
        InputError: if there are none.
    """
    pairs = Pairs.from_texts(texts, tokenizer, config.longest)
    if not len(pairs):
        raise InputError(
            f"Not one of {len(texts):,} training pairs has at most "
            f"`longest` {config.longest} units."
        )
    if progress and len(pairs) < len(texts):
        left_out = len(texts) - len(pairs)
        print(f"{left_out:,} training pairs are too long; left out.")
    return pairs


def _judged(config, run, texts, tokenizer, found):
    """The training set as its own translator translates and judges it."""
    said = run.placement.by_chief(
        lambda: minimum_risk.judge(found, texts, run.folder / "judged.json")
    )
    return minimum_risk.Judged.from_texts(
        texts, tokenizer, said, config.longest
    )


def _taught(run, texts, teachers):
    """The pairs that `teachers` make of the training set."""
    made = run.placement.by_chief(
        lambda: data_diversification.more(
            teachers, texts, run.folder / "taught.json"
        )
    )
    return [*map(tuple, made)]


def main(arguments: list[str]) -> dict:
    """Trains as the command line says; returns the metrics."""
    parser = flags.parser("translation", Config, PRESETS, __doc__)
    config, values = flags.parse(parser, arguments, Config, PRESETS)
    run_dir = values.run_dir or Path("runs", "translation")
    return train(config, run_dir, values.data_dir)
