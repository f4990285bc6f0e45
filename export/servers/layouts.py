"""The folder that a model server is given, made of an export's own files."""

import re
from pathlib import Path
from typing import Any

from export.errors import ExportError
from export.request import Request
from zoo.registry import load
from zoo.tasks import Task

# By its name, the format that a layout is made of and what arranges it.
_LAYOUTS = {
    "tfserving": ("saved_model", "export.servers.tfserving:arrange"),
    "triton": ("onnx", "export.servers.triton:arrange"),
}


def arrange(
    trained: Task, draft: Path, request: Request
) -> tuple[dict[str, float], dict[str, Any]]:
    """Moves the files of an export to where a server looks for them.

    Args:
        trained: what is exported.
        draft: the folder of the export, with all other files in it.
        request: what is asked for; its `layout` is not `None`.

    Returns:
        No differences, as no artifact is made anew, and `layout`, for the
        manifest: the name of the layout, the name by which clients know the
        model, and the folder that the server is given.

    Raises:
        ExportError: where the format that the layout is made of was left out,
            or its shapes are fixed.
    """
    kind, arranged = _LAYOUTS[str(request.layout)]
    if kind not in request.formats:
        raise ExportError(
            f"`layout` {request.layout} is made of the format {kind}, which "
            f"`formats` leaves out. Received: {', '.join(request.formats)}"
        )
    for name in ("batch_size", "length"):
        if getattr(request, name) is not None:
            raise ExportError(
                f"`{name}` cannot be fixed with `layout` {request.layout}: a "
                "server makes batches of what it is sent."
            )
    name, folder = server_name(trained.name), draft / str(request.layout)
    load(arranged)(trained, draft, folder / name)
    about = {
        "kind": request.layout,
        "model": name,
        "folder": folder.name,
    }
    return {}, {"layout": about}


def server_name(name: str) -> str:
    """A name that stands in an address: letters, digits, `_`, `-` and dots.

    Args:
        name: of a model or of a run folder.
    """
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip(".-") or "model"
