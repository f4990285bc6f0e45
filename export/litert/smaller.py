"""LiteRT files with smaller weights, compared with those in float32."""

import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from export import metadata, verify
from export.litert import checks, convert, file_format, files, runs
from export.litert.artifacts import RUNTIME
from export.request import Request
from export.runtimes import registry, verification
from zoo.tasks import Task, Translator


def compress(
    trained: Task,
    draft: Path,
    request: Request,
    share: float,
    scored: Callable[[dict, dict], dict],
) -> tuple[dict, dict]:
    """Puts smaller files in the place of the LiteRT files of an export.

    Args:
        trained: the model that they are of.
        draft: the folder that they are in.
        request: what is asked for, `quantize` among it.
        share: how much a logit may change, as a share of the largest one.
        scored: of what answers before and after, by names of artifacts, their
            score; it raises an error where that is too much worse.

    Returns:
        The largest difference of each artifact from its float32 file, and what
        the manifest says of them.

    Raises:
        ConversionError: if a file cannot be made or opened.
        MismatchError: if one computes something else.
    """
    forms, axes = files.of(trained, request)
    rows = request.batch_size or 1
    runtime = registry.get(RUNTIME)
    known = checks.known(trained, request)
    # Whether the same units are chosen is for the score to say.
    known.pop("litert_translate", None)
    facts = metadata.described(trained, draft)
    size = sum((draft / name).stat().st_size for name in forms)
    with tempfile.TemporaryDirectory() as folder:
        for name, form in forms.items():
            shutil.copy(draft / name, folder)
            content = convert.converted(form, request.quantize)
            (draft / name).write_bytes(content)
            file_format.add_facts(draft / name, facts)
        before, after = (
            runs.opened(trained, where, runtime, axes, rows)
            for where in (Path(folder), draft)
        )
        limits = {
            name: share * max(float(np.abs(one).max()) for one in answers)
            for name, (_, answers) in known.items()
        }

        def compared(name):
            what = f"{name} with {request.quantize} weights in {runtime.title}"
            inputs = known[name][0]
            return verify.largest_difference(
                what, after[name], before[name], inputs, limits[name]
            )

        each: verification.Checks = {
            name: functools.partial(compared, name) for name in known
        }
        found = verification.in_each(
            lambda _: (each, {}), suffix=".tflite", required=RUNTIME
        )
        chosen = list(before)
        if isinstance(trained, Translator):
            chosen = ["litert_translate"]
        score = scored(
            *({n: one[n] for n in chosen} for one in (before, after))
        )
    about = {
        "weights": request.quantize,
        "bytes_before": size,
        "bytes_after": sum((draft / name).stat().st_size for name in forms),
        "largest_allowed": limits,
        "score": score,
    }
    return found[RUNTIME]["largest_difference"], about
