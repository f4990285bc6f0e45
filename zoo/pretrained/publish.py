"""A trained model to where others load it: a folder, an archive, the hub."""

import dataclasses
import tempfile
import zipfile
from pathlib import Path

import zoo.pretrained.cache as cache
import zoo.pretrained.card_facts as card_facts
import zoo.pretrained.hub as hub
import zoo.pretrained.latency as latency
import zoo.pretrained.writer as writer
from zoo.argument_checks import one_of, path_of, truth
from zoo.errors import InputError
from zoo.io.files import replacing, sha256, write_text
from zoo.io.folders import check_replaceable
from zoo.pretrained.archive import unpack
from zoo.pretrained.hub_card import hub_page
from zoo.pretrained.limits import FORMS, LARGEST, MANIFEST
from zoo.pretrained.loader import load
from zoo.printable import one_line
from zoo.redaction import without_secrets
from zoo.tasks import Task

# The earliest that an archive can say.
_DATE = (1980, 1, 1, 0, 0, 0)


def push(
    source: str | Path,
    target: str | Path,
    weights: str = "float16",
    about: Path | None = None,
    private: bool = False,
) -> str:
    """Writes a model as a pretrained folder, with its latency on this machine.

    Args:
        source: what `load` takes.
        target: a folder, a file that ends in .zip, or `hf://OWNER/NAME`; the
            last part is the model's name.
        weights: how they are stored, `float16` or `int8`.
        about: a JSON file with more facts (see `zoo.pretrained.card_facts`).
        private: whether a new repository of the hub is.

    Returns:
        A sentence of what is where now.

    Raises:
        InputError: as `load`; for a target that is something else already,
            or cannot be reached; for facts of another form.
    """
    one_of("weights", weights, FORMS)
    truth(private=private)
    given = {}
    if about is not None:
        given = card_facts.read(path_of("about", about))
    path_of("target", target)
    text = str(target)
    to_hub = text.startswith("hf://")
    if private and not to_hub:
        raise InputError("Only a repository of the hub can be private.")
    if to_hub:
        repository = _repository(text)
    elif "://" in text:
        raise InputError(
            "A model is pushed to a folder, a .zip or hf://OWNER/NAME. "
            f"Received: {one_line(without_secrets(text), 200)}"
        )
    trained = _with_facts(load(source), given)
    if to_hub:
        return _to_hub(trained, repository, weights, private)
    path = Path(target)
    if path.suffix.lower() == ".zip":
        return _to_archive(trained, path, weights)
    writer.save(trained, path, weights)
    return f"{without_secrets(source)} is now the pretrained folder {path}"


def _with_facts(trained: Task, given: dict) -> Task:
    known = {**trained.about, **given}
    # Of a model that says how fast it is, and where, it is left as it is:
    # the same model makes the same archive.
    if "latency" not in known:
        known["latency"] = latency.measure(trained)
    return dataclasses.replace(trained, about=known)


def _to_archive(trained, path, weights):
    if path.exists() and not _is_archive_of_ours(path):
        raise InputError(
            f"{path} exists and is not the archive of a pretrained folder. "
            "Choose another."
        )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / path.stem
        writer.save(trained, folder, weights)
        with replacing(path) as draft:
            _archive(folder, draft)
    digest = sha256(path)
    size = path.stat().st_size / 2**20
    return (
        f"{trained.name} is now {path} ({size:.1f} MiB); wherever it is put, "
        f"it is loaded as\nhttps://.../{path.name}#sha256={digest}"
    )


def _archive(folder: Path, path: Path) -> None:
    """The same bytes of the same files, on every machine.

    Nothing is compressed: what that makes of the same bytes depends on the
    library, and weights hardly become smaller.
    """
    with zipfile.ZipFile(path, "w") as file:
        for member in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(f"{folder.name}/{member.name}", _DATE)
            # Else it says which system wrote it.
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            file.writestr(entry, member.read_bytes())


def _is_archive_of_ours(path: Path) -> bool:
    """Whether it holds a pretrained folder, unchanged, and nothing else."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "folder"
        try:
            unpack(path, folder)
            check_replaceable(folder, writer.owned)
        except InputError:
            return False
    return True


def _repository(target):
    repository, revision = hub.address(target)
    if revision != "main":
        raise InputError(
            "A model is pushed to the main branch of a repository: leave out "
            f"@{revision}."
        )
    forbidden = cache.offline(hub.OFFLINE)
    if forbidden:
        raise InputError(f"{forbidden} is set: {target} cannot be reached.")
    # Said before the model is loaded and measured.
    cache.needed("huggingface_hub")
    return repository


def _to_hub(trained, repository, weights, private):
    source = f"hf://{repository}"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / repository.partition("/")[2]
        writer.save(trained, folder, weights)
        # Beside the card, and not in its place: this one has what the hub
        # reads, and how the model is loaded from there.
        write_text(folder / "README.md", hub_page(source, trained))
        sizes = {path.name: path.stat().st_size for path in folder.iterdir()}

        def held():
            api = hub.api()
            api.create_repo(repository, private=private, exist_ok=True)
            info = api.model_info(repository, revision="main")
            return {file.rfilename for file in info.siblings or []}

        def upload():
            hub.api().upload_folder(
                repo_id=repository,
                folder_path=folder,
                commit_message=f"A recurrent-zoo {trained.builder}",
                # Of an earlier model there.
                delete_patterns=sorted(LARGEST.keys() - sizes.keys()),
            )

        with hub.without_bars():
            there = hub.in_time(source, held)
            if MANIFEST not in there and (foreign := there & sizes.keys()):
                raise InputError(
                    f"{source} has {min(foreign)}, and is no pretrained "
                    "folder: nothing was changed. Choose another repository."
                )
            hub.in_time(source, upload, sum(sizes.values()))
    return f"{trained.name} is now {source}"
