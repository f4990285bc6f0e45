"""The runtimes in which an export is verified, where they are installed."""

import dataclasses
import importlib.util
from pathlib import Path

from export.runtimes import inputs
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


# Another order of sums, and other polynomials for tanh and exp, than in
# TensorFlow: a few units in the last place of a sum of hundreds. OpenVINO's own
# polynomials, NumPy's sums and LiteRT's products are as far from TensorFlow's
# as ONNX Runtime's are, so all have its limits.
_ONE_PASS, _MANY_STEPS = 1e-5, 1e-4

RUNTIMES = {
    runtime.name: runtime
    for runtime in (
        Runtime(
            "onnxruntime",
            "ONNX Runtime",
            ".onnx",
            "onnxruntime",
            "onnx_runtime",
            _ONE_PASS,
            _MANY_STEPS,
        ),
        Runtime(
            "openvino",
            "OpenVINO",
            ".onnx",
            "openvino",
            "openvino_runtime",
            _ONE_PASS,
            _MANY_STEPS,
        ),
        Runtime(
            "onnx_reference",
            "ONNX's reference evaluator",
            ".onnx",
            "onnx",
            "reference_evaluator",
            _ONE_PASS,
            _MANY_STEPS,
            slow=True,
        ),
        Runtime(
            "litert",
            "LiteRT",
            ".tflite",
            "ai_edge_litert",
            "litert_interpreter",
            _ONE_PASS,
            _MANY_STEPS,
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
