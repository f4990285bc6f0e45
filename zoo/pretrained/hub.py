"""hf://OWNER/NAME[@REVISION]: a pretrained folder of the Hugging Face hub.

Of all that a repository holds, the files of a pretrained folder alone are
fetched, once their sizes are known; never code.
"""

import contextlib
import functools
import hashlib
import os
import re
import shutil
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import zoo.pretrained.cache as cache
import zoo.pretrained.leftovers as leftovers
import zoo.pretrained.manifest as manifest
from zoo.errors import InputError, PretrainedError
from zoo.io.files import read_given, write_text
from zoo.pretrained.deadline import Result, TooSlow, within
from zoo.pretrained.download import LONGEST, PATIENCE, SLOWEST, TIMEOUT
from zoo.pretrained.limits import LARGEST, MANIFEST
from zoo.printable import one_line
from zoo.redaction import without_secrets
from zoo.tasks import Task

# The hub's own; the library reads it beside ours.
OFFLINE = "HF_HUB_OFFLINE"
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_REVISION = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}"
_COMMIT = "[0-9a-f]{40}"


def load(source: str) -> Task:
    """The model in a repository of the hub, or in the cache.

    Args:
        source: `hf://OWNER/NAME`, with `@` and a branch, tag or commit.

    Raises:
        InputError: for what is not there, or cannot be reached.
        PretrainedError: for what is no pretrained folder, or does not verify.
    """
    repository, revision = address(source)
    held = cache.root() / "hf" / repository.replace("/", "--")
    # Which commit a branch or tag was at when it was last asked for. Systems
    # that take Main for main, or have names of their own (con), share no file.
    name = hashlib.sha256(revision.encode()).hexdigest()
    seen = held / "revisions" / name
    forbidden = cache.offline(OFFLINE)
    sizes: dict[str, int] = {}
    if re.fullmatch(_COMMIT, revision) and (held / revision).is_dir():
        commit = revision
    elif forbidden:
        # Of a cache of before, by the name itself.
        former = seen.with_name(urllib.parse.quote(revision, safe=""))
        commit = _seen(_text(seen) or _text(former), source, forbidden)
    else:
        commit, sizes = _listed(source, repository, revision)
    fetch = functools.partial(
        _fetched,
        source,
        repository,
        commit,
        sizes,
        held / f"{commit}{leftovers.PART}",
    )
    trained = cache.kept(source, held / commit, fetch, forbidden)
    if commit not in (revision, _text(seen)):
        with cache.usable():
            write_text(seen, f"{commit}\n")
    return trained


def address(source: str) -> tuple[str, str]:
    """`OWNER/NAME` and the revision, `main` where none is said.

    Raises:
        InputError: for anything else.
    """
    whole = rf"hf://({_PART}/{_PART})(?:@({_REVISION}))?"
    found = re.fullmatch(whole, source)
    if not found or re.search(r"--|\.\.|//", source.removeprefix("hf://")):
        raise InputError(
            "A model of the hub is hf://OWNER/NAME or "
            f"hf://OWNER/NAME@REVISION. Received: {source[:200]!r}"
        )
    return found[1], found[2] or "main"


def api() -> Any:
    """The library's client; its own ways lead to the token."""
    library = cache.needed("huggingface_hub")
    # The library reads this once, when it is first imported.
    return library.HfApi(endpoint=os.environ.get("HF_ENDPOINT"))


@contextlib.contextmanager
def in_one_line(source: str) -> Iterator[None]:
    """Errors of the hub, of its library and of the network as ours."""
    cache.needed("huggingface_hub")
    from huggingface_hub import errors

    # What the library's HTTP client raises, whichever that is.
    network: Any = errors.HfHubHTTPError.__bases__[0]
    # Of the library's second way of moving large files.
    xet: Any = getattr(errors, "XetDownloadError", network)
    # None of them is kept as the cause: it may show an address with a password.
    try:
        yield
    except errors.GatedRepoError:
        raise InputError(
            f"{source} is for those who were let in: ask on its page, and log "
            "in with hf auth login."
        ) from None
    except errors.RepositoryNotFoundError:
        raise InputError(
            f"There is no {source}, or it is private: then log in with hf auth "
            "login, or set HF_TOKEN."
        ) from None
    except errors.RevisionNotFoundError:
        raise InputError(f"{source} has no such revision.") from None
    except errors.LocalTokenNotFoundError:
        raise InputError(_no_token(source)) from None
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        if status in (401, 403):
            raise InputError(_no_token(source)) from None
        raise InputError(
            f"{source}: the hub answered {status} {_short(error)}"
        ) from None
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # A page to log in to a network, for one, is no answer of the hub.
        raise InputError(
            f"{source}: the hub answered what cannot be read: {_short(error)}"
        ) from None
    except (network, xet, OSError) as error:
        raise InputError(
            f"{source} could not be reached: {_short(error)} Try again; what "
            "came is kept."
        ) from None


def in_time(source: str, work: Callable[[], Result], size: int = 0) -> Result:
    """What `work` with the hub returns, with an end for all of it.

    The library's client has no more than a time for each read.

    Args:
        source: what the model is called.
        work: function of nothing.
        size: how many bytes it moves.

    Raises:
        InputError: as `in_one_line`, or if the hub is too slow.
    """
    try:
        with in_one_line(source):
            return within(work, min(LONGEST, PATIENCE + size / SLOWEST))
    except TooSlow as error:
        raise InputError(
            f"{source}: the hub is too slow, and was given up. Try again; what "
            "came is kept."
        ) from error


def _no_token(source):
    return (
        f"{source} needs a token with the right to it: hf auth login, or set "
        "HF_TOKEN."
    )


def _short(error):
    lines = without_secrets(error).strip().splitlines()
    return one_line((lines or [type(error).__name__])[0], 200).rstrip(".") + "."


def _seen(commit, source, forbidden):
    """The commit that a revision was at, if the cache says which."""
    if not re.fullmatch(_COMMIT, commit):
        raise InputError(
            f"{source} is not in the cache {cache.root()}, and {forbidden} is "
            "set: leave that out to fetch it."
        )
    return commit


def _text(path):
    # Of somebody else's cache, it may be anything.
    with contextlib.suppress(OSError, InputError):
        return read_given(path, 100).decode("ascii", "replace").strip()
    return ""


def _listed(source, repository, revision):
    """The commit of a revision, and the size of each file that we know."""
    info = in_time(
        source,
        lambda: api().model_info(
            repository, revision=revision, files_metadata=True, timeout=TIMEOUT
        ),
    )
    if not re.fullmatch(_COMMIT, str(info.sha)):
        raise PretrainedError(f"{source} has no commit.")
    sizes = {
        file.rfilename: file.size
        for file in info.siblings or []
        if isinstance(file.rfilename, str) and file.rfilename in LARGEST
    }
    if MANIFEST not in sizes:
        raise PretrainedError(
            f"{source} is no pretrained folder: it has no {MANIFEST}."
        )
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 0:
            raise PretrainedError(f"{source} does not say how large {name} is.")
        if size > LARGEST[name]:
            raise PretrainedError(
                f"{source}: {name} has {size:,} bytes; {LARGEST[name]:,} is "
                "the most."
            )
    return info.sha, sizes


def _fetched(source, repository, commit, sizes, part, draft):
    """The folder of a commit, in `draft`; what was cut off stays in `part`."""
    if not sizes:
        # What lay in the cache was damaged.
        _, sizes = _listed(source, repository, commit)
    total = sum(sizes.values())
    if part.is_symlink():
        raise InputError(f"{part} is a link, and no folder of ours. Remove it.")
    if total > shutil.disk_usage(draft).free:
        raise InputError(
            f"{source} has {total:,} bytes, for which {draft.parent} has no "
            "room."
        )
    cache.say(f"fetching {source} ({total / 2**20:.1f} MiB)")
    folder = draft / "folder"
    folder.mkdir()
    try:
        _download(source, repository, commit, MANIFEST, sizes, part)
        # Checked for its form before anything else is fetched.
        names = manifest.read(part)["files"]
        for name in names:
            _download(source, repository, commit, name, sizes, part)
        for name in (MANIFEST, *names):
            # The library may have linked it to a copy of its own.
            shutil.copyfile(part / name, folder / name)
    except PretrainedError:
        leftovers.remove(part)
        raise
    leftovers.remove(part)
    return folder


def _download(source, repository, commit, name, sizes, part):
    if name not in sizes:
        raise PretrainedError(f"{source} has no {name}.")
    with without_bars():
        in_time(
            source,
            lambda: api().hf_hub_download(
                repository, name, revision=commit, local_dir=part
            ),
            sizes[name],
        )
    path = part / name
    if path.is_symlink() or path.stat().st_size != sizes[name]:
        raise PretrainedError(
            f"{source}: {name} is not {sizes[name]:,} bytes long, as the hub "
            "says."
        )


@contextlib.contextmanager
def without_bars() -> Iterator[None]:
    """A bar for each small file would hide what the command answers."""
    from huggingface_hub import utils

    if utils.are_progress_bars_disabled():
        yield
        return
    utils.disable_progress_bars()
    try:
        yield
    finally:
        utils.enable_progress_bars()
