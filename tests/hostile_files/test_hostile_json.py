"""Pretrained folders with JSON that must not be believed, though sealed."""

import pickle

import pytest
from hostile import refused
from sealing import put, put_manifest, rewrite


def text(name, content):
    """A file of any text, sealed."""

    def change(folder, marker):
        if name == "manifest.json":
            (folder / name).write_bytes(content)
        else:
            put(folder, name, content)

    return change


def inserted(name, start):
    """A key and a value more at the start of a JSON object."""

    def change(folder, marker):
        whole = (folder / name).read_text()
        whole = "{" + start + ", " + whole.lstrip()[1:]
        if name == "manifest.json":
            put_manifest(folder, whole)
        else:
            put(folder, name, whole.encode())

    return change


JSON = {}
for file in ("manifest.json", "config.json", "tokenizer.json"):
    twice = '"files": {}' if file == "manifest.json" else '"kind": "words"'
    if file == "config.json":
        twice = '"labels": []'
    for what, change, message in (
        ("empty", text(file, b""), "must be JSON"),
        ("a pickle", text(file, pickle.dumps({"a": 1})), "must be JSON"),
        ("a list", text(file, b"[]"), "must hold a JSON object"),
        ("UTF-16", text(file, '{"a": 1}'.encode("utf-16")), "must be JSON"),
        ("a mark", text(file, b'\xef\xbb\xbf{"a": 1}'), "must be JSON"),
        ("Latin-1", text(file, b'{"a": "\xe9"}'), "must be JSON"),
        ("deep", text(file, b'{"a":' * 90_000), "must be JSON"),
        ("deep lists", text(file, b"[" * 90_000), "must be JSON"),
        ("wide", text(file, b"[" + b"[]," * 200_000 + b"[]]"), "100,000 lists"),
        ("a key twice", inserted(file, twice), "stands twice"),
        ("NaN", inserted(file, '"x": NaN'), "NaN is no number"),
        ("Infinity", inserted(file, '"x": -Infinity'), "is no number"),
        ("a large float", inserted(file, '"x": 1e999'), "larger than a float"),
        ("a long number", inserted(file, f'"x": {"9" * 30}'), "30 digits"),
        ("a very long one", inserted(file, f'"x": {"9" * 5000}'), "digits"),
        ("code", text(file, b"__import__('os').mkdir('x')"), "must be JSON"),
    ):
        JSON[f"{file}: {what}"] = (change, message)


@pytest.mark.parametrize("name", JSON)
def test_json_of_another_kind_is_refused(folder, tmp_path, marker, name):
    change, message = JSON[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


def in_manifest(**values):
    return lambda folder, marker: rewrite(
        folder, "manifest.json", lambda manifest: manifest.update(values)
    )


def listed(name, found="0" * 64):
    return lambda folder, marker: rewrite(
        folder, "manifest.json", lambda m: m["files"].update({name: found})
    )


def without_sum(folder, marker):
    rewrite(folder, "manifest.json", lambda m: m.pop("checksum"))


MANIFESTS = {
    **{
        f"names {name!r}": (listed(name), "and nothing else")
        for name in (
            "../config.json",
            "/etc/passwd",
            "C:\\config.json",
            "config.json/../../x",
            "Config.json",
            "CONFIG.JSON",
            "config.json ",
            "config.json\t",
            "\u0441onfig.json",
            "manifest.json",
            "model.pkl",
            "",
        )
    },
    "names a NUL": (listed("config.json\0"), "control character"),
    "names one more": (listed("source.model"), "is missing"),
    "sums of another kind": (listed("card.md", 5), "no SHA-256 of card.md"),
    "a short sum": (listed("card.md", "ab"), "no SHA-256 of card.md"),
    "format 3": (in_manifest(format=3), "must have format"),
    "format true": (in_manifest(format=True), "must have format"),
    "format of a list": (in_manifest(format=[2]), "must have format"),
    "no checksum": (without_sum, "is not its `checksum`"),
    "an escape in its name": (in_manifest(name="\x1b[2J"), "control character"),
    "half a character": (in_manifest(name="\ud800"), "control character"),
    "a path for a name": (in_manifest(name="../../x"), "no name of a model"),
    "a list for a name": (in_manifest(name=["x"]), "must be a string"),
    "a list for scores": (in_manifest(scores=[]), "must be an object"),
    "bytes of a string": (in_manifest(bytes="1"), "must be a whole number"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_is_hostile_is_refused(folder, tmp_path, marker, name):
    change, message = MANIFESTS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


def config(**values):
    return lambda folder, marker: rewrite(
        folder, "config.json", lambda content: content.update(values)
    )


def arguments(**values):
    return lambda folder, marker: rewrite(
        folder, "config.json", lambda c: c["arguments"].update(values)
    )


def recurrent(**values):
    """The arguments of another builder."""

    def change(content):
        sizes = ("vocabulary_size", "classes", "units")
        kept = {name: content["arguments"][name] for name in sizes}
        content["builder"] = "classifier"
        content["arguments"] = {**kept, **values}

    return lambda folder, marker: rewrite(folder, "config.json", change)


CONFIGS = {
    "a function of Python": (config(builder="os.system"), "`builder` must be"),
    "a class of Keras": (config(builder="Lambda"), "`builder` must be one of"),
    "code": (config(builder="__import__('os')"), "`builder` must be one of"),
    "a builder that is a list": (config(builder=["classifier"]), "must be one"),
    "a builder that is long": (config(builder="x" * 900_000), "must be one of"),
    "no builder": (config(builder=None), "`builder` must be one of"),
    "arguments that are a list": (config(arguments=[]), "no `arguments`"),
    "an unknown argument": (arguments(evil=1), "`argument` must be one of"),
    "a function as a cell": (recurrent(cell="eval"), "`cell` must be one of"),
    "an object as a cell": (
        recurrent(cell={"class_name": "Lambda"}),
        "must be of type str",
    ),
    "another network": (recurrent(), "one too many"),
    "units that are true": (arguments(units=True), "must be of type int"),
    "units that are a float": (arguments(units=4.0), "must be of type int"),
    "units that are negative": (arguments(units=-4), "at least 1"),
    "no units": (arguments(units=0), "at least 1"),
    "a dropout of 2": (arguments(dropout=2.0), "below 1"),
    "a million layers": (arguments(layers=10**6), "`layers` is 1000000"),
    "a table of a billion n-grams": (
        arguments(ngrams=1, ngram_slots=10**9),
        "`ngram_slots` is 1000000000",
    ),
    "64 layers": (arguments(layers=64), "`layers` is 64"),
    "16 layers": (arguments(layers=16), "`layers` is 16, and there are"),
    "8192 units": (arguments(units=8192), "must have shape"),
    "gigabytes in width and depth": (
        recurrent(units=8192, embedding_size=8192, layers=2, cell="lstm"),
        "one too many",
    ),
    "a vocabulary of a trillion": (
        arguments(vocabulary_size=10**12),
        "the tokenizer has",
    ),
    "labels that are objects": (config(labels=[{}, {}]), "short strings"),
    "labels alike": (config(labels=["a", "a"]), "must differ"),
    "labels that are long": (config(labels=["a", "b" * 9999]), "short strings"),
    "labels with an escape": (
        config(labels=["a", "\x1b]0;b\x07"]),
        "control character",
    ),
    "too few labels": (config(labels=["a"]), "each of its classes"),
    "another tokenizer": (config(tokenizer="bytes"), "is of another kind"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_model_that_is_not_ours_is_refused(folder, tmp_path, marker, name):
    change, message = CONFIGS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)
