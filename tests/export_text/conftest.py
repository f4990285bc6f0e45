"""Models of every kind of tokens as ONNX files, with what lies beside them."""

import dataclasses
import functools
import importlib.util

import numpy as np
import pytest
from random_models import random_classifier, random_language_model

from export import metadata, scripts, tokenizer_data
from export.onnx import convert, edges, greedy_loop, language_model_step
from export.onnx import translator as onnx_translator
from export.tasks.language_model import step_axes
from zoo import models
from zoo.decoding.translator_step import logit_bias
from zoo.models.language_model import step_form as language_model_step_form
from zoo.models.translator import encoder_form, step_form
from zoo.tasks import Translator
from zoo.text import (
    ByteTokenizer,
    CharacterTokenizer,
    PairTokenizer,
    SubwordTokenizer,
    TextSubwordTokenizer,
    WordTokenizer,
)

WORDS = (
    "the film a ! ? \u03b1\u03c2 \u03c3\u03b1\u03c3 caf\u00e9 it's br i".split()
)
LINES = ["ein Hund l\u00e4uft", "zwei M\u00e4nner und 3 Hunde", "a dog"] * 9
TOKENIZERS = {
    "words": lambda: WordTokenizer([*WORDS[:5], *WORDS[6:]]),
    "words, first rules": lambda: WordTokenizer(WORDS, rules=1),
    "characters": lambda: CharacterTokenizer("abcdef<>\u00e9 \0"),
    "characters without case": lambda: CharacterTokenizer(
        "abcdef\u00e9", fold_case=True
    ),
    "bytes": lambda: ByteTokenizer(),
    "subwords": lambda: TextSubwordTokenizer.from_texts(
        ["abba feeds", "Feeding ABBA"], 40
    ),
}


@pytest.fixture(scope="session")
def tokenizers():
    """A function from a kind of tokens to a tokenizer."""
    return functools.cache(lambda kind: TOKENIZERS[kind]())


@pytest.fixture(scope="session")
def classifier(tokenizers, tmp_path_factory):
    """A function from a kind of tokens to a classifier and its folder."""

    @functools.cache
    def made(kind):
        tokenizer = tokenizers(kind)
        trained = random_classifier(vocabulary_size=tokenizer.size)
        trained = dataclasses.replace(trained, tokenizer=tokenizer)
        folder = tmp_path_factory.mktemp("classifier")
        convert.write(trained, folder / "model.onnx")
        return trained, described(trained, folder)

    return made


@pytest.fixture(scope="session")
def folder_of():
    """A function that writes what lies beside ONNX files."""
    return described


def described(trained, folder):
    trained.tokenizer.save(folder / "tokenizer.json")
    tokenizer_data.write(trained.tokenizer, folder)
    scripts.write(trained, folder)
    facts = metadata.described(trained, folder)
    for path in folder.glob("*.onnx"):
        metadata.write(path, facts)
    return folder


@pytest.fixture(scope="session")
def imported():
    """A function that imports a script, under a name of its own."""

    def imported(path):
        name = f"script_{abs(hash(path))}"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return imported


@pytest.fixture(scope="session")
def translator(tmp_path_factory):
    """A translator of random weights and its folder."""
    units = SubwordTokenizer.from_texts(LINES, 40)
    pair = PairTokenizer(units, units)
    sizes = {"units": 6, "embedding_size": 6, "shared": True}
    arguments = {**pair.sizes, **sizes}
    model = models.build("translator", arguments)
    random = np.random.default_rng(4)
    for weight in model.trainable_weights:
        weight.assign(random.normal(0, 0.3, weight.shape))
    task = Translator(model, pair, name="tiny", arguments=arguments)
    folder = tmp_path_factory.mktemp("translator")
    encoder, step = encoder_form(model), step_form(model)
    axes = onnx_translator.step_axes(encoder, step)
    reader = onnx_translator.encoder_model(model, encoder)
    step_proto = onnx_translator.step_proto(step, axes)
    bias = logit_bias(step, False)
    files = {
        "encoder": reader,
        "decoder_step": edges.checked_step(
            step_proto, onnx_translator.TARGET, axes["inputs"]
        ),
        "translate": greedy_loop.with_greedy_loop(reader, step_proto, bias),
    }
    for name, proto in files.items():
        convert.save(proto, folder / f"{name}.onnx")
    return task, described(task, folder)


@pytest.fixture(scope="session")
def writer(tmp_path_factory):
    """A function from a kind of tokens to a language model and its folder."""

    @functools.cache
    def made(kind):
        text = "the a caf\u00e9 film was it's ! ?\n"
        if kind == "characters":
            text = "".join(sorted(set(text)))
        task = random_language_model(text, tokens=kind)
        folder = tmp_path_factory.mktemp("language_model")
        step = language_model_step_form(task.model)
        axes = step_axes(step)
        language_model_step.write(step, axes, folder / "step.onnx")
        return task, described(task, folder)

    return made
