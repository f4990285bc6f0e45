"""What the fields of every recipe's configuration have in common."""

import dataclasses
from typing import Any, ClassVar, Protocol, TypeVar

from zoo.argument_checks import at_least, fraction, one_of, positive
from zoo.errors import InputError
from zoo.pretrained.limits import DEEPEST
from zoo.redaction import recorded

# What Keras calls its dtype policies: half precision in the products, float32
# in the weights.
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
PRECISION_HELP = f"{', '.join(PRECISIONS)}; the mixed ones pay on a GPU or TPU"


_Value = TypeVar("_Value")
_Checked = TypeVar("_Checked")


class TrainingConfig(Protocol):
    """What the `Config` of every recipe has; a frozen dataclass."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field]]

    @property
    def epochs(self) -> int: ...

    @property
    def patience(self) -> int: ...

    @property
    def seed(self) -> int: ...

    @property
    def precision(self) -> str: ...

    @property
    def learning_rate(self) -> float: ...

    @property
    def clip_norm(self) -> float: ...

    @property
    def weight_decay(self) -> float: ...


def option(
    default: _Value,
    text: str,
    flag: str | None = None,
    formerly: str | None = None,
    reads: bool = False,
) -> _Value:
    """A field of a configuration: its default, and a line of help.

    Args:
        default: its default.
        text: the line.
        flag: its name on the command line, if it is another.
        formerly: the name that it had in the release before; `current_names`
            and the command line still know it.
        reads: whether it names a file that is read.
    """
    metadata: dict[str, Any] = {"help": text, "reads": reads}
    metadata |= {"flag": flag} if flag else {}
    metadata |= {"formerly": formerly} if formerly else {}
    return dataclasses.field(default=default, metadata=metadata)


def current_names(values: dict, config: type) -> dict:
    """A configuration as it was recorded, with today's names of its fields.

    Args:
        values: the fields by their names of then.
        config: the class of the configuration.
    """
    names = {
        field.metadata["formerly"]: field.name
        for field in dataclasses.fields(config)
        if "formerly" in field.metadata
    }
    return {names.get(name, name): value for name, value in values.items()}


def differences(saved: Any, config: TrainingConfig) -> list[str]:
    """The fields in which a configuration is not the one that was recorded.

    Args:
        saved: what was recorded; a field that is newer has its default.
        config: a dataclass with defaults.
    """
    if not isinstance(saved, dict):
        return [f"{str(saved)[:40]} there, which is none"]
    values = recorded(dataclasses.asdict(config))
    then = dataclasses.asdict(type(config)())
    then.update(recorded(current_names(saved, type(config))))
    return [
        f"{name} {then[name]!r:.80} there, {value!r:.80} here"
        for name, value in values.items()
        if then[name] != value
    ]


def checked(values: dict, config: type[_Checked]) -> _Checked:
    """A configuration of values that a file holds.

    Args:
        values: by the names of fields, of today or of the release before; a
            field that is missing has its default.
        config: the class of the configuration.

    Raises:
        InputError: for an unknown field, or a value that is not of the field's
            type or that the configuration refuses.
    """
    values = current_names(values, config)
    kinds = {
        field.name: type(field.default)
        for field in dataclasses.fields(config)  # type: ignore[arg-type]
    }
    for name, value in values.items():
        kind = kinds[one_of("field", name, kinds)]
        # JSON has one kind of number: 1 is a float too.
        if kind is float and type(value) is int:
            # A whole number has 20 digits at most, so it is no error.
            values[name] = value = float(value)
        if type(value) is not kind:
            raise InputError(
                f"`{name}` must be of type {kind.__name__}. "
                f"Received: {value!r:.200}"
            )
    return config(**values)


def check_training(config: TrainingConfig) -> None:
    """Checks the fields that `recipes.training.run` reads.

    Raises:
        InputError: for a size, rate or count that cannot be.
    """
    batch = "batch_size" if hasattr(config, "batch_size") else "batch_tokens"
    at_least(1, **{batch: getattr(config, batch)}, epochs=config.epochs)
    at_least(0, patience=config.patience, seed=config.seed)
    # NumPy's limit, and one of the seeds is the next number.
    if config.seed >= 2**32 - 1:
        raise InputError(
            f"`seed` must be below {2**32 - 1}. Received: {config.seed}"
        )
    one_of("precision", config.precision, PRECISIONS)
    positive(learning_rate=config.learning_rate, clip_norm=config.clip_norm)
    fraction(weight_decay=config.weight_decay)
    for name in config.__dataclass_fields__:
        # A deeper one could be trained, and not be loaded.
        if name.endswith("layers") and getattr(config, name) > DEEPEST:
            raise InputError(
                f"`{name}` must be at most {DEEPEST}. "
                f"Received: {getattr(config, name)}"
            )
    for name in ("label_smoothing", "ema"):
        if hasattr(config, name):
            fraction(**{name: getattr(config, name)})


def chosen(config: TrainingConfig) -> dict:
    """The fields of a configuration that are not at their default, by name."""
    values = dataclasses.asdict(config)
    return {
        field.name: values[field.name]
        for field in dataclasses.fields(config)
        if values[field.name] != field.default
    }
