"""Folders of deep models are refused before their layers are made."""

import json
import time

import numpy as np
import pytest
import safetensors.numpy
from hostile import refused
from sealing import put, rewrite

from zoo import models
from zoo.pretrained import config_checks
from zoo.pretrained.config_checks import check_layers


def deepened(folder, layers, change=None):
    """Makes a folder that of a recurrent network, with weights for it all."""

    def of_depth(count):
        return {**arguments, "layers": count}

    config = json.loads((folder / "config.json").read_text())
    sizes = ("vocabulary_size", "classes", "units", "embedding_size")
    arguments = {name: config["arguments"][name] for name in sizes}
    arguments |= {"cell": "elman", "bidirectional": True}
    weights = {}
    for path, shape in models.described(
        "classifier", of_depth(2)
    ).weights.items():
        for layer in range(1, layers) if "layer_1" in path else [1]:
            name = path.replace("layer_1", f"layer_{layer}")
            weights[name] = np.zeros(shape, "float16")
    if change:
        change(weights)
    rewrite(
        folder,
        "config.json",
        lambda content: content.update(
            builder="classifier", arguments=of_depth(layers)
        ),
    )
    put(folder, "model.safetensors", safetensors.numpy.save(weights))


@pytest.fixture
def layers_made(monkeypatch):
    """The greatest number of layers that a model is described with."""
    depths, described = [0], models.described

    def noted(builder, arguments):
        depths.append(arguments.get("layers", 1))
        return described(builder, arguments)

    monkeypatch.setattr(config_checks.models, "described", noted)
    return lambda: max(depths)


@pytest.mark.thorough
@pytest.mark.parametrize("layers", [17, 64])
def test_a_deep_model_is_refused_at_once(folder, tmp_path, layers, layers_made):
    deepened(folder, layers)
    started = time.process_time()
    before = layers_made()
    refused(folder, tmp_path, f"`layers` is {layers}")
    assert layers_made() == max(before, 2)
    assert time.process_time() - started < 10


def shorter(weights):
    path = next(path for path in weights if "layer_9" in path)
    weights[path] = weights[path][..., :-1].copy()


def without(weights):
    del weights[next(path for path in weights if "layer_9" in path)]


@pytest.mark.thorough
@pytest.mark.parametrize("change", [shorter, without])
def test_a_layer_that_is_damaged_is_found_at_once(
    folder, tmp_path, change, layers_made
):
    deepened(folder, 16, change)
    refused(folder, tmp_path, "weight recurrent/layer_9")
    assert layers_made() == 2


@pytest.mark.parametrize(
    "builder, layers",
    [
        ("feedforward", {"layers": 3}),
        ("language_model", {"layers": 3}),
        ("classifier", {"layers": 3}),
        ("translator", {"encoder_layers": 3, "decoder_layers": 4}),
    ],
)
def test_the_layers_of_every_model_are_those_described(builder, layers):
    arguments = {
        "vocabulary_size": 9,
        "source_vocabulary_size": 9,
        "target_vocabulary_size": 9,
        "classes": 2,
        "units": 4,
        "embedding_size": 3,
        **layers,
    }
    if builder == "translator":
        del arguments["vocabulary_size"], arguments["classes"]
    else:
        del arguments["source_vocabulary_size"]
        del arguments["target_vocabulary_size"]
    if builder == "language_model":
        del arguments["classes"]
    shapes = models.described(builder, arguments).weights
    check_layers(builder, arguments, shapes, "x")
