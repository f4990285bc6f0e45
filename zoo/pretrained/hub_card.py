"""The page of a model on the hub: its card, and above it what the hub reads.

`huggingface_hub` writes that part. It is needed to push to the hub, and only
then: `card.md`, which every pretrained folder and export has, is for people
and is written by a plain installation, so it has no such part.
"""

import re
from numbers import Real
from typing import Any

import zoo.pretrained.summary as summary
from zoo.pretrained.cache import needed
from zoo.pretrained.card import card
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator

# The hub's words for what the terms of the data say.
_LICENCES = (
    ("Apache-2.0", "apache-2.0"),
    ("CC BY 2.0", "cc-by-2.0"),
    ("none stated", "unknown"),
)
_TASKS = {
    TextClassifier: "text-classification",
    LanguageModel: "text-generation",
    Translator: "translation",
}
# Data sets that the hub has too, by the first words of our name for them.
_DATASETS = (
    ("IMDB Large Movie Review", "stanfordnlp/imdb"),
    ("Multi30k", "bentrevett/multi30k"),
    ("Tiny Shakespeare", "karpathy/tiny_shakespeare"),
)
# The hub's words for our scores, and the part of the data that they are of.
_METRICS = {
    "test_accuracy": ("accuracy", "test"),
    "bleu": ("bleu", "test"),
    "chrf": ("chrf", "test"),
    "exact_match": ("exact_match", "test"),
    "test_perplexity": ("perplexity", "test"),
    "validation_perplexity": ("perplexity", "validation"),
}


def hub_page(source: str, trained: Task) -> str:
    """README.md of a model at `hf://OWNER/NAME`, in Markdown.

    Raises:
        InputError: where `huggingface_hub` is missing.
    """
    library = needed("huggingface_hub")
    about, name = trained.about, source.rpartition("/")[2]
    terms = str(about.get("data", {}).get("licence", "none stated"))
    licence = _first(_LICENCES, terms)
    pair = str(about.get("scores", {}).get("pair", ""))
    two = re.fullmatch("[a-z]{2}-[a-z]{2}", pair)
    cell = trained.arguments.get("cell")
    tags = ["recurrent-zoo", "keras", "recurrent", cell, about.get("recipe")]
    results = _results(library, trained)
    dataset = _first(_DATASETS, str(about.get("data", {}).get("name", "")))
    metadata = library.ModelCardData(
        datasets=[dataset] if dataset else None,
        eval_results=results or None,
        language=pair.split("-") if two else None,
        library_name="recurrent-zoo",
        license=licence or "other",
        # The hub asks for a name where it has no word of its own.
        license_name=None if licence else "terms-of-the-training-data",
        metrics=sorted({result.metric_type for result in results}) or None,
        model_name=name if results else None,
        pipeline_tag=_TASKS[type(trained)],
        tags=[str(tag) for tag in tags if tag],
    )
    page = card(name, summary.of_task(trained), source)
    return str(library.ModelCard(f"---\n{metadata.to_yaml()}\n---\n\n{page}"))


def _results(library: Any, trained: Task) -> list:
    """The scores as the hub's entries of a `model-index`."""
    data = str(trained.about.get("data", {}).get("name", "")) or "own data"
    kind = re.sub("[^a-z0-9]+", "-", data.lower()).strip("-")
    scores = trained.about.get("scores", {})
    found: dict[tuple[str, str], Any] = {}
    for name, (metric, split) in _METRICS.items():
        value = scores.get(name)
        if isinstance(value, Real) and not isinstance(value, bool):
            found[metric, split] = library.EvalResult(
                task_type=_TASKS[type(trained)],
                dataset_type=_first(_DATASETS, data) or kind,
                dataset_name=data,
                dataset_split=split,
                metric_type=metric,
                metric_value=value,
            )
    return list(found.values())


def _first(table: tuple[tuple[str, str], ...], text: str) -> str | None:
    """The word of the hub for what begins with a word of ours."""
    return next((hub for ours, hub in table if text.startswith(ours)), None)
