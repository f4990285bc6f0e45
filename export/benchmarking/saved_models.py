"""A SavedModel as functions of ids."""

from pathlib import Path

from export.saved_model import classifier, language_model
from export.tasks.language_model import step_axes, stepped
from zoo.models.language_model import step_form
from zoo.tasks import LanguageModel, Task, Translator
from zoo.text.ids import END, PADDING, pad

# What its times mean, where they are not of ids to ids.
TEXT_TO_TEXT = "with its tokenizer: text to text"


def opened(trained: Task, folder: Path) -> tuple:
    """What answers, what is compared, and the steps of a language model."""
    if isinstance(trained, Translator):
        from export.saved_model import translator

        logits, greedy, _ = translator.read_back(folder)
        source, target = trained.tokenizer.source, trained.tokenizer.target

        def translate(source_ids):
            # It takes texts, and gives some.
            texts = [
                source.decode([int(one) for one in row if one != PADDING])
                for row in source_ids
            ]
            return pad([[*target.encode(one), END] for one in greedy(texts)])

        return translate, lambda pair: logits(*pair), None
    if isinstance(trained, LanguageModel):
        whole, step, _ = language_model.read(folder)
        axes = step_axes(step_form(trained.model))
        return whole, whole, lambda ids: stepped(step, axes, ids)
    _, whole = classifier.read(folder)
    return whole, whole, None
