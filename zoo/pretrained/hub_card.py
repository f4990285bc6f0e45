"""The page of a model on the hub: its card, and above it what the hub reads."""

import json
import re
from typing import Any

from zoo.pretrained import summary
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


def front_matter(source: str, trained: Task) -> str:
    """README.md of a model at `hf://OWNER/NAME`, in Markdown."""
    about = trained.about
    terms = str(about.get("data", {}).get("licence", "none stated"))
    known = [ours for said, ours in _LICENCES if terms.startswith(said)]
    head: dict[str, Any] = {"license": known[0] if known else "other"}
    if not known:
        # The hub asks for a name where it has no word of its own.
        head["license_name"] = "terms-of-the-training-data"
    head["library_name"] = "recurrent-zoo"
    head["pipeline_tag"] = _TASKS[type(trained)]
    pair = str(about.get("scores", {}).get("pair", ""))
    if re.fullmatch("[a-z]{2}-[a-z]{2}", pair):
        head["language"] = pair.split("-")
    cell = trained.arguments.get("cell")
    tags = ["recurrent-zoo", "keras", "recurrent", cell, about.get("recipe")]
    head["tags"] = [str(tag) for tag in tags if tag]
    # What JSON writes is YAML too.
    lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
    name = source.rpartition("/")[2]
    page = card(name, summary.of_task(trained), source)
    return "\n".join(["---", *lines, "---", "", page])
