"""What reads files from elsewhere, by the name of a file that is good."""

import functools
import tempfile
from pathlib import Path

from random_models import random_language_model
from untrained import TEXTS, untrained

import zoo
import zoo.pretrained.reader as pretrained_folder
import zoo.pretrained.run_folder as run_folder
from recipes import char_lm, report
from recipes.config import flags
from recipes.config.begun import begun_with, check_files
from recipes.data import prepared, splits
from recipes.data.examples import Examples
from recipes.datasets import own_pairs
from recipes.report import reading
from recipes.training import checkpoint
from recipes.training.run_folder import as_begun, opened
from recipes.tuning import results
from zoo.io import (
    json_reader,
    keras_archive,
    npz_reader,
    safetensors_reader,
    sentencepiece_reader,
    table_reader,
)
from zoo.io.files import read_given, read_json, read_plain_json
from zoo.io.table_file import Table
from zoo.pretrained import archive, card_facts, manifest, summary
from zoo.text import SubwordTokenizer, load_tokenizer

NPZ = {"ids": "<i4", "logits": "<f4"}


def rows(path):
    table = Table(path, ["text", "label"])
    return list(table_reader.rows(table))


def weights_of(path):
    content = read_given(path, 1 << 24)
    return safetensors_reader.read(content, str(path))


def arrays_of(path):
    content = read_given(path, 1 << 24)
    types = set(NPZ.values())
    return npz_reader.read(content, NPZ, types, 1 << 20, str(path))


def units_of(path):
    content = read_given(path, 1 << 24)
    sentencepiece_reader.check(content)
    return SubwordTokenizer(content).encode("one two")


def unpacked(path):
    with tempfile.TemporaryDirectory() as folder:
        archive.unpack(path, Path(folder, "out"))


def state_of_a_run(path):
    return checkpoint.unpacked(read_given(path, 1 << 24))


@functools.cache
def stream():
    return zoo.stream(random_language_model())


def page_of(path):
    return report.page(reading.read_all([path.parent]))


def configuration(path):
    return flags.from_file(path, "char_lm", char_lm.Config)


def json_of(path):
    content = json_reader.parse(read_given(path, 1 << 24), str(path))
    json_reader.check_printable(content, str(path))
    return content


def begun(path):
    saved = begun_with(path.parent, "char_lm")
    if saved:
        check_files(path.parent, saved, [str(path.with_name("x.txt"))])


def prepared_data(path):
    return prepared.prepared(path.parent, {"a": 1}, made)


def made():
    tokenizer = untrained("feedforward").tokenizer
    examples = Examples.from_texts(TEXTS[:4], [0, 1, 0, 1], tokenizer)
    return prepared.Prepared(["a", "b"], tokenizer, {"train": examples})


# What reads a file, in the folder where it lies.
READERS = {
    "x.json": [json_of, read_json, read_plain_json, splits.read],
    "about.json": [card_facts.read],
    "best.json": [configuration],
    "x.safetensors": [weights_of],
    "x.npz": [arrays_of],
    "x.model": [units_of],
    "x.zip": [unpacked],
    "x.keras": [keras_archive.read],
    "x.csv": [rows],
    "x.tsv": [rows, lambda path: own_pairs.load("", "", str(path))],
    "x.jsonl": [rows],
    "y.json": [rows],
    "x.csv.gz": [rows],
    "state.npz": [lambda path: stream().restore(path)],
    "backup.npz": [state_of_a_run],
    "tokenizer.json": [load_tokenizer],
    "words.json": [load_tokenizer],
    "characters.json": [load_tokenizer],
    "pretrained/config.json": [
        lambda path: pretrained_folder.load(path.parent),
        lambda path: summary.of_folder(path.parent),
    ],
    "pretrained/tokenizer.json": [
        lambda path: pretrained_folder.load(path.parent)
    ],
    "pretrained/manifest.json": [
        lambda path: manifest.read(path.parent),
        lambda path: summary.of_folder(path.parent),
    ],
    "run/config.json": [
        page_of,
        lambda path: run_folder.load(path.parent),
        lambda path: summary.of_folder(path.parent),
    ],
    "run/metrics.json": [
        page_of,
        lambda path: run_folder.load(path.parent),
        lambda path: summary.of_folder(path.parent),
    ],
    "run/tokenizer.json": [lambda path: run_folder.load(path.parent)],
    "run/model.safetensors": [lambda path: run_folder.load(path.parent)],
    "run/history.csv": [page_of],
    "run/plots/a.png": [lambda path: page_of(path.parent)],
    "training/config.json": [
        lambda path: opened(path.parent, "char_lm", char_lm.Config()),
        lambda path: as_begun(char_lm.Config(), path.parent, data="x"),
        begun,
    ],
    "prepared/prepared.json": [prepared_data],
    "prepared/tokenizer.json": [prepared_data],
    "prepared/train_starts.npy": [prepared_data],
    "search/search.json": [lambda path: results.rows(path.parent)],
    "search/results/1.json": [
        lambda path: results.best(results.rows(path.parents[1]), "max")
    ],
    "old/model.keras": [lambda path: run_folder.load(path.parent)],
}
