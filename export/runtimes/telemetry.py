"""No report of what is run here: runtimes that send one are told not to.

`import openvino` sends an event to its makers unless a file in the user's home
says otherwise, and leaves files there; it does neither without the package
`openvino_telemetry`, which comes with it. ONNX Runtime sends what it has run,
by default from Windows and, 1.32 does, from other systems too; a variable of
the environment keeps it from that on the latter, and a call on both.
"""

import os
import sys


def refuse() -> None:
    """Called before a runtime is imported; after that it changes nothing."""
    # A module that is `None` cannot be imported: OpenVINO then takes a stand-in
    # of its own that does nothing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
