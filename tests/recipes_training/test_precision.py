"""What is said of a precision before a training."""

from recipes.training import precision


def test_a_cpu_gains_nothing_from_mixed_precision(monkeypatch):
    monkeypatch.setattr(precision, "on_cpu", lambda: True)
    assert precision.note("float32") is None
    assert "saves no time on a CPU" in precision.note("mixed_bfloat16")
    monkeypatch.setattr(precision, "on_cpu", lambda: False)
    assert precision.note("mixed_bfloat16") is None
