"""Names for things that are imported when they are first used.

A registry begins with the table of what this package brings: for each name, the
"module:attribute" where it stands. `register` adds to it, and so does every
installed package with an entry point in the registry's group:

    [project.entry-points."recurrent_zoo.cells"]
    indrnn = "my_package.indrnn:CELL"

Listing the names imports nothing. A package that cannot be imported, or that
brings a name that is taken, breaks nothing else: the error or the warning says
which package it is.
"""

import pkgutil
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zoo.argument_checks import one_of
from zoo.errors import InputError, ZooWarning

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def load(target: Any) -> Any:
    """What "module:attribute" or "module" stands for; other values as is."""
    return pkgutil.resolve_name(target) if isinstance(target, str) else target


class Registry(Generic[T]):
    """Things of one kind by their names.

    Args:
        kind: what they are, in messages: `cell`, `recipe`.
        group: of the entry points by which packages bring more.
        built_in: by name, the thing or its "module:attribute".
        check: of what a name stands for, to what `get` returns; raises
            `InputError` for something of another kind.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        built_in: Mapping[str, Any],
        check: Callable[[Any], T] = lambda found: found,
    ):
        self.kind = kind
        self.group = group
        self._own: dict[str, Any] = dict(built_in)
        self._built_in = frozenset(built_in)
        self._check = check
        self._loaded: dict[str, T] = {}
        self._plugins: dict[str, EntryPoint] | None = None
        self._warned: set[str] = set()

    def register(self, name: str, target: Any, replace: bool = False) -> None:
        """Adds something.

        Args:
            name: a name that is not taken: small letters, digits, `_`.
            target: the thing, or its "module:attribute".
            replace: whether what was registered under this name before gives
                way, as in a notebook whose cell runs again. What is built in
                never does.

        Raises:
            InputError: for a name that is taken or no name.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InputError(
                f"The name of a {self.kind} has small letters, digits and _, "
                f"and starts with a letter. Received: {name!r}"
            )
        if name in self._built_in or not replace and name in self.names():
            raise InputError(
                f"There is a {self.kind} {name!r} already, of "
                f"{self.source(name)}. Choose another name."
            )
        self._own[name] = target
        self._loaded.pop(name, None)

    def names(self) -> list[str]:
        """All names: what is built in, registered, and of other packages."""
        return list(dict.fromkeys([*self._own, *self._packages()]))

    def get(self, name: str) -> T:
        """What a name stands for.

        Raises:
            InputError: for an unknown name, with the nearest known one; and
                for a thing of another package that cannot be imported, or is
                no thing of this kind.
        """
        # A file may name anything. What is built in needs no look at packages.
        if not isinstance(name, str) or name not in self._own:
            one_of(self.kind, name, self.names())
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def usable(self) -> Iterator[tuple[str, T]]:
        """Names and what they stand for, each imported when it is reached.

        What cannot be imported is left out, with a `ZooWarning` once.
        """
        for name in self.names():
            try:
                found = self.get(name)
            except InputError as error:
                self._warn(str(error))
            else:
                yield name, found

    def source(self, name: str) -> str:
        """Whose a name is, in words."""
        if name in self._built_in:
            return "recurrent-zoo"
        if name in self._own:
            return "`register`"
        return _package(self._packages()[name])

    def _load(self, name: str) -> T:
        if name in self._own:
            return self._check(load(self._own[name]))
        entry = self._packages()[name]
        whose = f"The {self.kind} {name!r} of {_package(entry)}"
        try:
            found = entry.load()
        # Not our code: it may raise anything, and is named for it.
        except Exception as error:
            raise InputError(
                f"{whose} cannot be imported: {type(error).__name__}: {error}"
            ) from error
        try:
            return self._check(found)
        except InputError as error:
            raise InputError(f"{whose} cannot be used: {error}") from error

    def _packages(self) -> "dict[str, EntryPoint]":
        """The entry points of other packages, without names that are taken."""
        if self._plugins is None:
            # Its import takes longer than all of the rest here.
            from importlib.metadata import entry_points

            self._plugins = {}
            for entry in entry_points(group=self.group):
                first = self._plugins.get(entry.name)
                if entry.name in self._own:
                    owner = self.source(entry.name)
                elif first is not None:
                    owner = _package(first)
                else:
                    self._plugins[entry.name] = entry
                    continue
                self._warn(
                    f"The {self.kind} {entry.name!r} of {_package(entry)} is "
                    f"left out: {owner} has one of this name already."
                )
        return self._plugins

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            warnings.warn(message, ZooWarning, stacklevel=2)


def _package(entry: "EntryPoint") -> str:
    if entry.dist is None:
        return f"the package of {entry.value}"
    return f"the package {entry.dist.name} {entry.dist.version}"
