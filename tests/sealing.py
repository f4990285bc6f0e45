"""Pretrained folders that were tampered with by someone who knows the format.

Whoever changes a file can write its new SHA-256 too; so most hostile folders
here are sealed again, and must be refused for what is in them.
"""

import hashlib
import json

NONE = "0" * 64


def seal(folder):
    """Brings the sums in the manifest up to date, its own one last."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for name in manifest["files"]:
        if (folder / name).is_file():
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            manifest["files"][name] = found
    put_manifest(folder, json.dumps(manifest))


def put_manifest(folder, text):
    """Writes a manifest of any text; its checksum, if it has one, is right."""
    place = text.find('"checksum": "')
    if place >= 0:
        start = place + len('"checksum": "')
        text = text[:start] + NONE + text[start + 64 :]
        found = hashlib.sha256(text.encode()).hexdigest()
        text = text.replace(NONE, found, 1)
    (folder / "manifest.json").write_text(text)


def put(folder, name, content):
    """Writes a file of a pretrained folder, and seals it."""
    (folder / name).write_bytes(content)
    seal(folder)


def rewrite(folder, name, change):
    """Changes what a JSON file holds, and seals the folder."""
    path = folder / name
    content = json.loads(path.read_bytes())
    change(content)
    if name == "manifest.json":
        put_manifest(folder, json.dumps(content))
    else:
        put(folder, name, json.dumps(content).encode())
