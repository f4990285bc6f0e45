"""Keras and TensorFlow are imported without what TensorFlow says of itself.

While it is imported, and when it looks for devices, TensorFlow writes lines
about the processor and about missing GPU libraries to file descriptor 2. These
come from C++, before any Python can set a level, and `TF_CPP_MIN_LOG_LEVEL`
stops some of them only. So the descriptor leads to a temporary file meanwhile.
Afterwards all that is not TensorFlow's is written where it belongs; if the
import fails, everything is. `TF_CPP_MIN_LOG_LEVEL=0` shows all lines.

Any file of ours, or of the user, may be the first to import Keras. So `install`
hooks into the import of the two libraries.
"""

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import BinaryIO

_LIBRARIES = ("keras", "tensorflow")
# Lines of information, warnings and errors, by the two libraries for logs that
# TensorFlow has; the two lines that have no prefix; and the one that LiteRT
# writes when it first makes room for a file's tensors.
_OF_TENSORFLOW = re.compile(
    rb"[IWE]\d{4} \d\d:\d\d:\d+\.\d+\s"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "
    rb"|WARNING: All log messages before absl::InitializeLog\(\) is called"
    rb"|To enable the following instructions:"
    rb"|INFO: Created TensorFlow Lite \w+ delegate"
)


def install(after: Callable[[], None]) -> None:
    """From now on, the first import of Keras and of TensorFlow is quiet.

    Where Keras is imported already, nothing is hooked into.

    Args:
        after: called once Keras is imported.
    """
    if "keras" in sys.modules:
        after()
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(after))


class _Finder:
    """Finds what the other finders find; it is then loaded quietly."""

    def __init__(self, after: Callable[[], None]):
        self.after = after

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if name not in _LIBRARIES:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                self._hook_into(spec.loader)
                return spec
        return None

    def _hook_into(self, loader) -> None:
        """Replaces a function of this loader, which loads one module."""
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            is_keras = module.__name__ == "keras"
            # Who imported TensorFlow has its lines already.
            heard = is_keras and "tensorflow" in sys.modules
            with contextlib.nullcontext() if heard else quiet():
                execute(module)
            if is_keras:
                self.after()

        loader.exec_module = exec_module


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Within, what TensorFlow's C++ writes to file descriptor 2 is held back.

    This holds for the whole process: what others write there meanwhile comes
    late, but it comes.
    """
    redirected = None
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "0":
        redirected = _redirect()
    if redirected is None:
        yield
        return
    failed = True
    try:
        yield
        failed = False
    finally:
        _restore(*redirected, everything=failed)


def _redirect() -> tuple[int, BinaryIO, bool] | None:
    """A copy of descriptor 2, the file that it leads to from now on, and
    whether crashes are to be reported to the copy; `None` if there is no
    standard error, or no place for a file.
    """
    # `zoo --help` does without these.
    import faulthandler
    import tempfile

    try:
        copy = os.dup(2)
    except OSError:
        return None
    try:
        file = tempfile.TemporaryFile()
    except OSError:
        os.close(copy)
        return None
    _flush()
    os.dup2(file.fileno(), 2)
    # If C++ ends the process, what is in the file is lost. At least Python
    # says where that was.
    reports = not faulthandler.is_enabled()
    if reports:
        faulthandler.enable(copy)
    return copy, file, reports


def _restore(copy: int, file: BinaryIO, reports: bool, everything: bool):
    import faulthandler

    if reports:
        faulthandler.disable()
    _flush()
    os.dup2(copy, 2)
    os.close(copy)
    with file:
        file.seek(0)
        lines = file.readlines()
    if not everything:
        lines = [line for line in lines if not _OF_TENSORFLOW.match(line)]
    # Whoever read it may have gone.
    with contextlib.suppress(OSError), open(2, "wb", closefd=False) as stderr:
        stderr.writelines(lines)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
