"""What models from elsewhere are packed in, and what is left of them."""

import hashlib
import io
import zipfile


def zipped(files):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        for name, content in files.items():
            file.writestr(f"small/{name}", content)
    return memory.getvalue()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def left(cache):
    """What lies in the cache beside the locks, which are empty."""
    return sorted(
        path.relative_to(cache).as_posix()
        for path in cache.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    )
