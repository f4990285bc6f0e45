"""Calls from Python with what cannot be: an `InputError`, and at once."""

import functools
from pathlib import Path

import numpy as np
import pytest
from random_models import random_classifier, random_language_model
from untrained import untrained

import zoo
from zoo import decoding, models, pretrained
from zoo.decoding import BeamSearch, Sampling, Stream
from zoo.errors import InputError
from zoo.inspect import gradient_flow

NAN, HUGE = float("nan"), 10**400
NO_NUMBERS = [None, b"1", "1", True, [], {}, object()]
NO_WHOLE = [*NO_NUMBERS, NAN, 1.5, -1, HUGE, 10**11]
NO_REAL = [*NO_NUMBERS, NAN, float("inf"), -1.0, HUGE]
NO_TEXTS = [None, b"a", "a", NAN, 5, True, [None], ["a", b"b"], {"a": 1}]
NO_TEXT = [None, b"a", NAN, 5, ["a"], {}]
NO_STOP = [None, b"a", "a", NAN, 5, [None], [""], [b"a"], {}]
NO_SETTINGS = [b"a", "a", NAN, 5, True, [], {}]
NO_OBJECT = [None, b"a", "a", NAN, 5, []]
NO_PATH = [None, b"a", NAN, 5, True, [], {}, "", "\0"]
# Of ids: too long a text, and too many.
LARGE = [(1, 10_000), (90_000, 1_000)]


@functools.cache
def made():
    """A model of each kind, and a stream; what is refused changes none."""
    language_model = random_language_model()
    return {
        "classifier": random_classifier(),
        "language_model": language_model,
        "translator": untrained("translator"),
        "stream": language_model.stream(),
    }


def call(kind, method, *arguments, **named):
    return lambda **one: getattr(made()[kind], method)(
        *arguments, **named, **one
    )


def of_stream(function, **named):
    def calls(**one):
        return function(**{"stream": made()["stream"], **named, **one})

    return calls


def predicted(**one):
    return list(made()["classifier"].predict_in_bulk(**{"texts": [], **one}))


def flow(**one):
    model = made()["classifier"].model
    return gradient_flow(**{"model": model, "token_ids": [[1, 2]], **one})


def attention_of(**one):
    return made()["translator"].decoder.attention("one", **one)


CALLS = [
    (call("classifier", "predict"), "texts", NO_TEXTS),
    (call("classifier", "logits"), "texts", NO_TEXTS),
    (predicted, "texts", NO_TEXTS),
    (predicted, "at_once", NO_WHOLE),
    (call("language_model", "generate"), "prompt", NO_TEXT),
    (call("language_model", "generate"), "length", NO_WHOLE),
    (call("language_model", "generate"), "temperature", NO_REAL),
    (call("language_model", "generate"), "seed", NO_WHOLE[:-1]),
    (call("language_model", "generate"), "sampling", NO_SETTINGS),
    (call("language_model", "generate"), "stop", NO_STOP),
    (call("language_model", "score"), "texts", NO_TEXTS),
    (call("language_model", "stream"), "state", NO_PATH[1:]),
    (call("stream", "feed"), "text", NO_TEXT),
    (call("stream", "generate"), "length", NO_WHOLE),
    (call("stream", "generate", 3), "sampling", NO_SETTINGS),
    (call("stream", "generate", 3), "seed", NO_WHOLE[:-1]),
    (call("stream", "generate", 3), "stop", NO_STOP),
    (call("stream", "save"), "path", NO_PATH),
    (call("stream", "restore"), "path", NO_PATH),
    (of_stream(decoding.samples, count=1, length=3), "stream", NO_OBJECT),
    (of_stream(decoding.samples, length=3), "count", NO_WHOLE),
    (of_stream(decoding.samples, count=1), "length", NO_WHOLE),
    (of_stream(decoding.samples, count=1, length=3), "sampling", NO_SETTINGS),
    (of_stream(decoding.samples, count=1, length=3), "stop", NO_STOP),
    (of_stream(decoding.beam, beams=1, length=3), "stream", NO_OBJECT),
    (of_stream(decoding.beam, length=3), "beams", NO_WHOLE),
    (of_stream(decoding.beam, beams=1), "length", NO_WHOLE),
    (of_stream(decoding.beam, beams=1, length=3), "stop", NO_STOP),
    (call("translator", "translate"), "texts", NO_TEXTS),
    (call("translator", "translate", ["one"]), "beams", NO_WHOLE),
    (call("translator", "translate", ["one"]), "search", NO_SETTINGS),
    (call("translator", "translate", ["one"]), "copy_unknown", NO_OBJECT),
    (call("translator", "translate", ["one"]), "seed", NO_WHOLE[:-1]),
    (call("translator", "n_best", count=1), "texts", NO_TEXTS),
    (call("translator", "n_best", ["one"]), "count", NO_WHOLE),
    (call("translator", "n_best", ["one"], 1), "search", NO_SETTINGS),
    (call("translator", "attention"), "text", NO_TEXT),
    (call("translator", "attention", "one"), "translation", NO_OBJECT[1:]),
    (attention_of, "ids", [*NO_OBJECT[:-1], [-1], [10**6], [NAN]]),
    (flow, "model", NO_OBJECT),
    (flow, "token_ids", [*NO_OBJECT, [[1], [1, 2]], [[-1]], [[10**9]]]),
    (flow, "token_ids", [np.ones(size, "int8") for size in LARGE]),
    (flow, "labels", [*NO_OBJECT[1:], [-1], [10**9], [1, 1], [[1]]]),
    (zoo.load, "source", NO_PATH),
    (zoo.stream, "model", NO_OBJECT),
    (call("classifier", "save"), "folder", NO_PATH),
    (call("classifier", "save", "out"), "weights", NO_OBJECT),
    (call("classifier", "export"), "folder", NO_PATH),
    (call("classifier", "export", "out"), "formats", NO_OBJECT[1:-1]),
    (call("classifier", "evaluate"), "data_dir", NO_PATH[1:]),
    (functools.partial(pretrained.push, "no model"), "target", NO_PATH),
    (functools.partial(pretrained.register, "name"), "folder", NO_PATH),
    (functools.partial(models.build, "classifier"), "arguments", NO_OBJECT),
]
CALLS += [
    (Sampling, name, NO_WHOLE if name == "top_k" else NO_REAL)
    for name in Sampling.__dataclass_fields__
]
CALLS += [
    (BeamSearch, name, NO_WHOLE if name == "beams" else NO_REAL)
    for name in BeamSearch.__dataclass_fields__
]


@pytest.mark.parametrize("function, argument, values", CALLS)
def test_what_cannot_be(function, argument, values, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for value in values:
        with pytest.raises(InputError) as caught:
            function(**{argument: value})
        assert len(str(caught.value)) < 1000, value
    assert not list(tmp_path.iterdir())


def test_streams_and_translators_of_nothing():
    task = made()["language_model"]
    for value in [*NO_OBJECT, Path("x")]:
        with pytest.raises(InputError):
            Stream(value, task.tokenizer)
        with pytest.raises(InputError):
            Stream(task.model, value)
        with pytest.raises(InputError):
            decoding.Translator(made()["translator"].model, value)


def test_sizes_of_models_before_memory_is_taken():
    sizes = {"vocabulary_size": 10, "classes": 2, "units": 3}
    for builder in ("classifier", "feedforward"):
        known = {**sizes, "embedding_size": 3, "layers": 1}
        for name in known:
            for value in (0, -1, HUGE, 10**9):
                with pytest.raises(InputError, match=f"`{name}`"):
                    models.build(builder, {**known, name: value})


def test_more_samples_than_fit_at_once_are_the_same_samples(monkeypatch):
    from zoo.decoding import continuations

    stream = made()["stream"]
    whole = decoding.samples(stream, 5, 20, seed=3)
    # Two side by side.
    size = 2 * continuations.CHUNK * stream.tokenizer.size
    monkeypatch.setattr(continuations, "_NOISE", size)
    assert decoding.samples(stream, 5, 20, seed=3) == whole
