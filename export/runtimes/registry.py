"""The runtimes in which an export is verified, where they are installed."""

import dataclasses
import functools
import importlib.util
from pathlib import Path

from export.runtimes import inputs
from export.verify import ONNX_TOLERANCE, STEP_TOLERANCE
from zoo.argument_checks import one_of
from zoo.registry import load


@dataclasses.dataclass(frozen=True)
class Runtime:
    """What opens files of an export.

    Attributes:
        name: in manifests.
        title: in messages.
        suffix: of the files that it opens.
        package: which must be there for it to be installed.
        home: the module of `export.runtimes` with its `open_file`, `version`.
        tolerance: of a logit, over one pass.
        step_tolerance: of a logit over many steps, whose states carry the
            differences on, and of language models and translators, whose
            logits are in the tens.
        slow: whether few and small inputs are all that is compared.
    """

    name: str
    title: str
    suffix: str
    package: str
    home: str
    tolerance: float
    step_tolerance: float
    slow: bool = False

    def installed(self) -> bool:
        """Whether its package is there; it is not imported."""
        return importlib.util.find_spec(self.package) is not None

    def version(self) -> str:
        """Of its package."""
        return load(f"export.runtimes.{self.home}:version")()

    def open(self, path: Path) -> inputs.Run:
        """A file as a function of a dict to a dict.

        Raises:
            ConversionError: if the runtime is missing, or refuses the file,
                here or when it runs.
        """
        return load(f"export.runtimes.{self.home}:open_file")(Path(path))

    def when_called(self, path: Path) -> inputs.Run:
        """The same; what the runtime says of the file comes when it runs."""
        opened = functools.cache(lambda: self.open(path))
        return lambda values: opened()(values)


# All four are as far from TensorFlow as ONNX Runtime is: their own order of
# sums and polynomials, in float32. OpenVINO takes other kernels for other
# shapes and for matrices of 8 bits: over 64 steps of a decoder, whose logits
# are in the tens, dates_gru_base is up to 1.3e-4 off there.
_LIMITS = (ONNX_TOLERANCE, STEP_TOLERANCE)
_OPENVINO_LIMITS = (ONNX_TOLERANCE, 3 * STEP_TOLERANCE)

RUNTIMES = {
    runtime.name: runtime
    for runtime in (
        Runtime(
            "onnxruntime",
            "ONNX Runtime",
            ".onnx",
            "onnxruntime",
            "onnx_runtime",
            *_LIMITS,
        ),
        Runtime(
            "openvino",
            "OpenVINO",
            ".onnx",
            "openvino",
            "openvino_runtime",
            *_OPENVINO_LIMITS,
        ),
        Runtime(
            "onnx_reference",
            "ONNX's reference evaluator",
            ".onnx",
            "onnx",
            "reference_evaluator",
            *_LIMITS,
            slow=True,
        ),
        Runtime(
            "litert",
            "LiteRT",
            ".tflite",
            "ai_edge_litert",
            "litert_interpreter",
            *_LIMITS,
        ),
    )
}


def get(name: str) -> Runtime:
    """A runtime by its name.

    Raises:
        InputError: for a name that is not known.
    """
    return RUNTIMES[one_of("name", name, RUNTIMES)]


def installed(suffix: str) -> list[Runtime]:
    """The runtimes that are installed for files of a kind.

    Args:
        suffix: `.onnx` or `.tflite`.
    """
    return [
        runtime
        for runtime in RUNTIMES.values()
        if runtime.suffix == suffix and runtime.installed()
    ]
