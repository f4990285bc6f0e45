"""The LiteRT files of each kind of model, by their names."""

import keras

from export.litert import forms
from export.litert.forms import Form
from export.onnx import translator as onnx_translator
from export.request import Request
from export.tasks.language_model import step_axes
from zoo.models.language_model import step_form as language_model_step
from zoo.models.translator import encoder_form
from zoo.models.translator import step_form as translator_step
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator


def of(trained: Task, request: Request) -> tuple[dict[str, Form], dict]:
    """What is converted.

    Args:
        trained: a classifier, language model or translator.
        request: what is asked for: number of rows, by default one, and steps.

    Returns:
        By name of a file what it becomes; and names and axes of what goes into
        a step and comes out, if there is one.
    """
    batch = request.batch_size or 1
    return _FORMS[type(trained)](trained.model, batch, request.length)


def _classifier(model: keras.Model, batch: int, length: int | None):
    return {"model.tflite": forms.whole(model, batch, length)}, {}


def _language_model(model: keras.Model, batch: int, length: int | None):
    step = language_model_step(model)
    axes = step_axes(step)
    found = {
        "model.tflite": forms.whole(model, batch, length),
        "step.tflite": forms.language_model_step(step, axes, batch),
    }
    return found, axes


def _translator(model: keras.Model, batch: int, length: int | None):
    step = translator_step(model)
    axes = onnx_translator.step_axes(encoder_form(model), step)
    found = {
        "encoder.tflite": forms.encoder(model, batch, length),
        "decoder_step.tflite": forms.decoder_step(step, axes, batch, length),
    }
    return found, axes


_FORMS = {
    TextClassifier: _classifier,
    LanguageModel: _language_model,
    Translator: _translator,
}
