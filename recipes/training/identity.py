"""What a state belongs to: a run, its configuration and its data."""

import dataclasses
from pathlib import Path

from recipes.config.fields import TrainingConfig, differences
from zoo.errors import InputError
from zoo.redaction import recorded

_KEY = "identity"


@dataclasses.dataclass(frozen=True)
class Identity:
    """What must be the same for a run to go on from a state.

    Attributes:
        run: drawn when the run was begun; "" for one of before that was done,
            whose states say nothing of this.
        config: the configuration of the recipe.
        data: SHA-256 of what is trained on.
    """

    run: str
    config: TrainingConfig
    data: str

    def described(self) -> dict:
        """What a state says of it."""
        config = recorded(dataclasses.asdict(self.config))
        return {_KEY: {"run": self.run, "config": config, "data": self.data}}

    def check(self, about: dict, folder: Path) -> None:
        """Refuses a state of something else.

        Args:
            about: what a state says.
            folder: where it is.

        Raises:
            InputError: if it is of another run, configuration or data.
        """
        known = about.get(_KEY)
        if known is None and not self.run:
            return
        if not isinstance(known, dict) or known.get("run") != self.run:
            raise InputError(
                f"{folder} holds the state of another run. Move it away; "
                "without it, this run begins anew."
            )
        changed = differences(known.get("config"), self.config)
        if changed:
            raise InputError(
                f"{folder} holds a state of another configuration "
                f"({'; '.join(changed)}). Choose another --run-dir."
            )
        if known.get("data") != self.data:
            raise InputError(
                f"The training data have changed since the state in {folder} "
                "was saved. Bring the former data back, or choose another "
                "--run-dir."
            )
