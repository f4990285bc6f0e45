"""What TensorFlow Serving is given: a version folder, and a request.

    tfserving/models.config     for --model_config_file, below /models
    tfserving/NAME/1/           the SavedModel
    tfserving/request.json      what may be sent to /v1/models/NAME:predict
    tfserving/response.json     what TensorFlow answers to it

`NAME` is what --model_base_path names; TensorFlow Serving takes the largest
number in it as the version.
"""

import shutil
from pathlib import Path
from typing import Any

from export import examples
from export.saved_model.text_ops import load
from zoo.io.files import write_json, write_text
from zoo.tasks import LanguageModel, Task

VERSION = "1"
# Where its container looks for models.
_MODELS = "/models"
_CONFIG = """\
model_config_list {{
  config {{
    name: "{name}"
    base_path: "{base_path}"
    model_platform: "tensorflow"
  }}
}}
"""
# Of a translator whose language is not known.
_SENTENCES = ["Two dogs run.", "2 May 1999"]


def arrange(trained: Task, draft: Path, folder: Path) -> None:
    """Copies the SavedModel and writes what stands beside it.

    Args:
        trained: what is exported.
        draft: the folder of the export.
        folder: of the model, by its name.
    """
    folder.mkdir(parents=True)
    shutil.copytree(draft / "saved_model", folder / VERSION)
    config = _CONFIG.format(
        name=folder.name, base_path=f"{_MODELS}/{folder.name}"
    )
    write_text(folder.parent / "models.config", config)
    request = example(trained)
    write_json(folder.parent / "request.json", request)
    response = answered(folder / VERSION, request)
    write_json(folder.parent / "response.json", response)


def example(trained: Task) -> dict[str, Any]:
    """The body of a request, rows of texts or of named values."""
    texts = examples.texts(trained) or _SENTENCES
    if not isinstance(trained, LanguageModel):
        return {"instances": texts}
    rows = [
        {"prompt": prompt, "length": 60, "temperature": 0.7, "seed": seed}
        for seed, prompt in enumerate(texts)
    ]
    return {"signature_name": "generate", "instances": rows}


def answered(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """What a SavedModel answers, in the form of TensorFlow Serving.

    Rows of one input are its values, rows of several are objects; so it is of
    outputs.

    Args:
        folder: of a SavedModel.
        request: `instances`, and `signature_name` if it is not the default.
    """
    import tensorflow as tf

    loaded = load(folder)
    name = request.get("signature_name", "serving_default")
    signature = loaded.signatures[name]
    specs = signature.structured_input_signature[1]
    rows = request["instances"]
    if len(specs) == 1:
        rows = [{next(iter(specs)): row} for row in rows]
    inputs = {
        key: tf.constant([row[key] for row in rows], spec.dtype)
        for key, spec in specs.items()
    }
    outputs = {
        key: [_plain(one) for one in value.numpy().tolist()]
        for key, value in signature(**inputs).items()
    }
    if len(outputs) == 1:
        return {"predictions": next(iter(outputs.values()))}
    places = range(len(rows))
    return {
        "predictions": [
            {key: outputs[key][place] for key in sorted(outputs)}
            for place in places
        ]
    }


def _plain(value):
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value
