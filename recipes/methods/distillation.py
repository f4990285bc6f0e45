"""What another model thinks, as labels to learn from.

Distillation: a pupil learns the probabilities that a teacher gives, on the
texts of the training set and on texts that nobody has labelled (Hinton et al.,
2015). They take the place of the labels, and a label is drawn from them each
time that a text is read (`recipes.data.examples`): the expected loss, and
its gradient, are those of the probabilities themselves.

    Reference: [Hinton et al., 2015](https://arxiv.org/abs/1503.02531)
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import zoo
from zoo.errors import InputError
from zoo.tasks import labels_of

# Of a labelled text: how much of its label counts, the rest is the teacher's.
_TRUTH = 0.5


def probabilities(
    teachers: str, texts: Sequence[str], labels: list[str]
) -> np.ndarray:
    """What teachers think of texts on average.

    Args:
        teachers: what `zoo.load` takes, or several of these with commas
            between them.
        texts: what to judge.
        labels: the classes.

    Returns:
        float32 of shape `(texts, classes)`.

    Raises:
        InputError: for a teacher of other classes.
    """
    found = [zoo.load(name) for name in teachers.split(",")]
    for trained in found:
        known = labels_of(trained)
        if known != labels:
            raise InputError(
                f"--teacher must know the classes {', '.join(labels)}. "
                f"{trained.name} knows {', '.join(known) or 'none'}."
            )

    def thought(logits):
        p = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return p / p.sum(axis=-1, keepdims=True)

    return np.mean([thought(one.logits(texts)) for one in found], axis=0)


def mixed(thought: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Probabilities, of which the first are mixed with the classes known.

    Args:
        thought: the teacher's, of shape `(texts, classes)`.
        known: int array of shape `(labelled,)`, of the first texts.
    """
    result = thought.copy()
    count = len(known)
    truth = np.eye(thought.shape[1], dtype="float32")[known]
    result[:count] = _TRUTH * truth + (1 - _TRUTH) * thought[:count]
    return result


def after(data: dict, config) -> dict:
    """What a pupil is trained on: `name` and `licence`, and its teachers.

    Args:
        data: `name` and `licence` of the labelled texts.
        config: has `teacher` and `unlabelled_file`.
    """
    if not config.teacher:
        return data
    name = data["name"]
    if config.unlabelled_file:
        name += f", {Path(config.unlabelled_file).name}"
    return {**data, "name": f"{name}; taught by {config.teacher}"}
