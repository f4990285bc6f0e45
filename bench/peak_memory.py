"""How much memory runs take: of the GPU that computes, or of the host."""

from collections.abc import Callable
from pathlib import Path


def of_runs(small: Callable[[], object], make: Callable, on: str) -> float:
    """MiB that three runs took on top of what was there before.

    The peak is that of the whole process: each measurement needs one of its
    own.

    Args:
        small: a little of the same, which brings what libraries allocate once.
        make: function of nothing that makes what is measured.
        on: what computes, `"torch"` or the name of a Keras backend.
    """
    before, peak = {"jax": _jax, "torch": _torch}.get(on, _tensorflow)()
    small()
    start = before()
    run = make()
    for _ in range(3):
        run()
    return (peak() - start) / 2**20


def _jax():
    import jax

    device = jax.local_devices()[0]
    # A CPU knows nothing of its memory.
    if not device.memory_stats():
        return _host()
    return (
        lambda: device.memory_stats()["bytes_in_use"],
        lambda: device.memory_stats()["peak_bytes_in_use"],
    )


def _torch():
    import torch

    if not torch.cuda.is_available():
        return _host()

    def before():
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated()

    return before, torch.cuda.max_memory_allocated


def _tensorflow():
    import tensorflow as tf

    if not tf.config.list_logical_devices("GPU"):
        return _host()
    about = tf.config.experimental

    def before():
        about.reset_memory_stats("GPU:0")
        return about.get_memory_info("GPU:0")["current"]

    return before, lambda: about.get_memory_info("GPU:0")["peak"]


def _host():
    def before():
        # Linux forgets the peak so far, which imports have made.
        Path("/proc/self/clear_refs").write_text("5")
        return _resident("VmRSS")

    return before, lambda: _resident("VmHWM")


def _resident(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"This system does not tell {name}.")
