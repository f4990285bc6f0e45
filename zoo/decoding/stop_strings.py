"""Where a text that is being written ends: before a stop string."""

from collections.abc import Sequence

from zoo.argument_checks import texts_or_none


class Stopper:
    """Lets a text through until a stop string comes.

    What may be the beginning of a stop string is held back until that is
    decided.

    Args:
        stop: the strings.

    Raises:
        InputError: for an empty one, which would come at once.

    Attributes:
        stopped: whether one came.
    """

    def __init__(self, stop: Sequence[str]):
        self.stop = texts_or_none("stop", stop)
        self.stopped = False
        self._held = ""

    def next(self, piece: str) -> str:
        """What can be shown once `piece` has been written too."""
        text = self._held + piece
        places = [place for s in self.stop if (place := text.find(s)) >= 0]
        if places:
            self.stopped, self._held = True, ""
            return text[: min(places)]
        held = max(
            (
                size
                for s in self.stop
                for size in range(1, len(s))
                if text.endswith(s[:size])
            ),
            default=0,
        )
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def rest(self) -> str:
        """What was held back, when nothing more will come."""
        held, self._held = self._held, ""
        return held
