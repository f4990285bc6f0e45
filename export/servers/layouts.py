"""The folder that a model server is given, made of an export's own files."""

import re
from pathlib import Path
from typing import Any

from export.request import Request
from zoo.registry import load
from zoo.tasks import Task

_HOMES = {
    "tfserving": "export.servers.tfserving:arrange",
    "triton": "export.servers.triton:arrange",
}


def arrange(
    trained: Task, draft: Path, request: Request
) -> tuple[dict[str, float], dict[str, Any]]:
    """Adds a folder in which the files lie where a server looks for them.

    Args:
        trained: what is exported.
        draft: the folder of the export, with all other files in it.
        request: what is asked for; its `layout` is not `None`.

    Returns:
        No differences, as no artifact is made anew, and `layout`, for the
        manifest: the name of the layout, the name by which clients know the
        model, and the folder that the server is given.

    Raises:
        ExportError: for a model that the layout cannot hold.
    """
    name, folder = server_name(trained.name), draft / str(request.layout)
    load(_HOMES[str(request.layout)])(trained, draft, folder / name)
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
