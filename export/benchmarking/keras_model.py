"""The Keras model itself, as it is used and as it is compared."""

import numpy as np

from export.tasks.language_model import step_axes, stepped
from export.tasks.translator_reference import Reference
from zoo.backend.compile import compiled, logits_function
from zoo.models.language_model import step_form as language_model_step
from zoo.models.translator import encoder_form, step_form
from zoo.tasks import LanguageModel, Task, Translator


def rows(trained: Task) -> list[tuple]:
    """What runs it: a name, no size, and functions as in `Subject`.

    The first is what others are compared with: a graph that is traced once.
    """
    if isinstance(trained, Translator):
        model = Reference(
            trained, encoder_form(trained.model), step_form(trained.model)
        )
        return [("Keras, compiled", None, model.greedy, model.logits)]
    whole = logits_function(trained.model)

    def predict(ids):
        return trained.model.predict(ids, verbose=0)["logits"]

    step = _steps(trained) if isinstance(trained, LanguageModel) else None
    return [
        ("Keras, compiled", None, whole, whole, step),
        ("Keras, predict", None, predict, predict),
    ]


def _steps(trained):
    model = language_model_step(trained.model)
    axes = step_axes(model)
    call = compiled(lambda inputs: model(inputs, training=False), model)

    def step(inputs):
        return {
            name if name == "logits" else f"next_{name}": np.asarray(value)
            for name, value in call(inputs).items()
        }

    return lambda ids: stepped(step, axes, ids)
