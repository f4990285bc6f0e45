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
from zoo.tasks import TextClassifier, labels_of

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
    loaded: list[TextClassifier] = []
    for name in teachers.split(","):
        teacher = zoo.load(name)
        known = labels_of(teacher)
        if not isinstance(teacher, TextClassifier) or known != labels:
            raise InputError(
                f"--teacher must know the classes {', '.join(labels)}. "
                f"{teacher.name} knows {', '.join(known) or 'none'}."
            )
        loaded.append(teacher)

    def softmax(logits):
        p = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return p / p.sum(axis=-1, keepdims=True)

    return np.mean([softmax(each.logits(texts)) for each in loaded], axis=0)


def mix_with_labels(
    probabilities: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Probabilities, of which the first are mixed with the known classes.

    Args:
        probabilities: the teacher's, of shape `(texts, classes)`.
        labels: int array of shape `(labelled,)`, of the first texts.
    """
    result = probabilities.copy()
    count = len(labels)
    one_hot = np.eye(probabilities.shape[1], dtype="float32")[labels]
    result[:count] = _TRUTH * one_hot + (1 - _TRUTH) * probabilities[:count]
    return result


def data_lineage(data: dict, *, teachers: str, unlabelled_file: str) -> dict:
    """What a pupil is trained on: `name` and `licence`, and its teachers.

    Args:
        data: `name` and `licence` of the labelled texts.
        teachers: as of `probabilities`.
        unlabelled_file: the texts without a label, "" for none.
    """
    name = data["name"]
    if unlabelled_file:
        name += f", {Path(unlabelled_file).name}"
    return {**data, "name": f"{name}; taught by {teachers}"}
