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
set aside, and so is what validates; the settings suit them, unless flags, a
preset or a file say others (`recipes.config.fit_to_pairs`). `--teacher` learns,
beside them, what another translator makes of them, in this direction or back
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

from pathlib import Path

from recipes import run_files
from recipes.config import flags
from recipes.config.fields import chosen
from recipes.config.fit_to_pairs import fitted
from recipes.config.translation import PRESETS, Config
from recipes.config.translation import search_space as search_space
from recipes.data.pairs import Bitext, Pairs, by_tokens, not_too_long
from recipes.datasets import own_pairs, parallel
from recipes.evaluation import translation
from recipes.evaluation.held_out import of_pairs
from recipes.methods import data_diversification, minimum_risk, warm_start
from recipes.methods.translation_data import data, texts
from recipes.training.losses import token_cross_entropy
from recipes.training.run import Run
from zoo import tasks
from zoo.decoding import Translator
from zoo.evaluation import Validation
from zoo.printable import printable

# Sentences that are translated after each epoch, and those that are shown.
_VALIDATED, _SHOWN = 2_000, 3
# BLEU below which translations are of no use.
_HARDLY = 10.0


def objective(config: Config) -> tuple[str, str]:
    """The score that a search looks at, and whether its min or max."""
    return "validation_chrf", "max"


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
    trained: tasks.Translator, config: Config, data_dir: Path | None = None
) -> dict:
    """The scores of a trained model on the test set of `config`."""
    test = texts(config, data_dir)["test"]
    return _tested(config, trained.decoder, test)


def validation(
    trained: tasks.Translator, config: Config, data_dir: Path | None = None
) -> Validation:
    """What other forms of a trained model are scored on."""
    pairs = texts(config, data_dir)["validation"]
    dates_alone = config.data == "dates" and not config.own
    return of_pairs(trained, pairs, "exact_match" if dates_alone else "bleu")


def _tested(config, translator, pairs, plots=None):
    return translation.tested(
        translator,
        pairs,
        beams=config.beams,
        length_penalty=config.length_penalty,
        label=config.attention,
        plots=plots,
    )


def about(config: Config, splits: dict) -> dict:
    """What is known of the data, also of what is learned beside it."""
    if config.own:
        main = own_pairs.about(config.files)
    else:
        main = parallel.about(config.data, splits)
    if not config.beside:
        return main
    beside = parallel.about(config.beside, {"train": splits["beside"]})
    return parallel.about_both(main, beside)


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
    teachers = data_diversification.load_teachers(
        config.teacher, config.languages
    )
    start = warm_start.load_start(config.source, (tasks.Translator,))
    splits, tokenizer = data(config, data_dir, start)
    learned = splits["train"] + splits["beside"]
    pairs: Bitext = not_too_long(learned, tokenizer, config.longest, progress)
    builder, arguments = model(config, tokenizer.sizes)
    lineage = about(config, splits)
    if start:
        arguments = warm_start.inherit_arguments(
            arguments, start, chosen=chosen(config), names=config.source
        )
        lineage = warm_start.data_lineage(lineage, start)
    net = run.begin(builder, arguments, [], tokenizer, lineage)
    loss, training_model = token_cross_entropy(config.label_smoothing), None
    if config.risk and start:
        path = run.folder / "judged.json"
        judgement = run.distribution.by_chief(
            lambda: minimum_risk.judge(start, splits["train"], path)
        )
        pairs = minimum_risk.Judged.from_texts(
            splits["train"], tokenizer, judgement, config.longest
        )
        loss = minimum_risk.loss

        def training_model():
            return minimum_risk.training_model(
                net, config.risk, label_smoothing=config.label_smoothing
            )

    elif teachers:
        path = run.folder / "taught.json"
        learned += run.distribution.by_chief(
            lambda: data_diversification.translated_pairs(
                teachers, splits["train"], path
            )
        )
        pairs = Pairs.from_texts(learned, tokenizer, config.longest)
    validate = translation.of_sample(
        net,
        Translator(net, tokenizer),
        splits["validation"][:_VALIDATED],
        tokenizer,
        shown=_SHOWN if progress else 0,
    )
    training = by_tokens(
        pairs, config.batch_tokens, config.seed, config.word_dropout
    )

    def initialise():
        if start:
            warm_start.load_shared_weights(net, start, [])

    net = run.fit(
        net,
        training,
        validate,
        loss=loss,
        monitor=f"val_{config.best_by}",
        best=min if config.best_by == "loss" else max,
        learning_rate=config.learning_rate,
        warmup_share=0.02,
        epochs=config.epochs,
        patience=config.patience,
        clip_norm=config.clip_norm,
        weight_decay=config.weight_decay,
        ema=config.ema,
        initialise=initialise,
        training_model=training_model,
        progress=progress,
    )
    metrics = {"cell": arguments["cell"]}
    if config.languages:
        metrics["pair"] = config.languages
    if test:
        translator = Translator(net, tokenizer)
        plots = run.folder / run_files.PLOTS
        metrics.update(_tested(config, translator, splits["test"], plots))
    metrics["validation_chrf"] = round(run.best_row["val_chrf"], 5)
    metrics["splits"] = {name: len(split) for name, split in splits.items()}
    return run.finish(net, metrics, tokens=int(pairs.lengths.sum()))


def main(arguments: list[str]) -> dict:
    """Trains as the command line says; returns the metrics."""
    parser = flags.parser("translation", Config, PRESETS, __doc__)
    config, values = flags.parse(parser, arguments, Config, PRESETS)
    run_dir = values.run_dir or Path("runs", "translation")
    config, said = fitted(config, values, run_dir)
    for line in said:
        print(printable(line), flush=True)
    metrics = train(config, run_dir, values.data_dir)
    if config.own and metrics.get("bleu", _HARDLY) < _HARDLY:
        print(
            f"BLEU {metrics['bleu']:.1f} is hardly a translation: more pairs "
            "help most, then --from with a translator of the same languages."
        )
    return metrics
