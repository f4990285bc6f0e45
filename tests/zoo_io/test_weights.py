"""How weights are stored: in 16 bits, or in 8 with a scale for each row."""

import numpy as np
import pytest
import safetensors.numpy

import zoo
from zoo import pretrained
from zoo.cli.main import main
from zoo.errors import InputError, PretrainedError
from zoo.io import safetensors_reader
from zoo.pretrained import weights

# Of a model whose matrices are large, scales are a few per cent.
HALF = 0.55


def read(content):
    arrays = safetensors_reader.read(content, "file")
    weights.shapes(arrays, "file")
    weights.check_numbers(arrays, "file")
    return dict(weights.read(arrays))


def matrices():
    """Weights as they occur: rows, or columns, of very different size."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(40, 60)).astype("float32")
    sizes = np.logspace(-3, 1, 40).astype("float32")
    small = matrix * np.float32(1e-42)
    small[3, 5] = 1
    return {
        "rows": matrix * sizes[:, None],
        "columns": matrix.T * sizes,
        "zeros": matrix * 0,
        "one_row_of_zeros": np.where(np.arange(40)[:, None] == 7, 0, matrix),
        "almost_nothing": small,
    }


@pytest.mark.parametrize("name", matrices())
def test_int8_is_off_by_half_a_step_at_most(name):
    matrix = matrices()[name]
    content = weights.write({"m": matrix}, "int8")
    stored = safetensors.numpy.load(content)
    assert stored["m"].dtype == np.int8
    scale = stored["m:scale"]
    assert scale.shape in [(matrix.shape[0], 1), (1, matrix.shape[1])]
    again = read(content)["m"]
    assert again.dtype == np.float32
    # Half a step, but for the rounding of the float32 products themselves.
    assert (np.abs(again - matrix) <= scale * 0.5001).all()
    if name in ("rows", "columns"):
        # The axis along which the sizes differ is the one that has scales.
        along = 0 if name == "rows" else 1
        assert scale.shape[along] == 40
        largest = np.abs(matrix).max(1 - along, keepdims=True)
        np.testing.assert_allclose(scale, largest / 127, rtol=1e-6)


def test_what_is_small_stays_float16():
    bias = np.linspace(-1, 1, 600, dtype="float32")
    stored = safetensors.numpy.load(
        weights.write({"bias": bias, "two": bias.reshape(2, 300)}, "int8")
    )
    assert {a.dtype for a in stored.values()} == {np.dtype("float16")}


def test_a_long_thin_matrix_has_a_scale_for_each_column():
    """And none for each row, which would cost more than it saves."""
    random = np.random.default_rng(0)
    table = random.normal(size=(40_000, 2)).astype("float32") * [1, 100]
    stored = safetensors.numpy.load(weights.write({"m": table}, "int8"))
    assert stored["m"].dtype == np.int8
    assert stored["m:scale"].shape == (1, 2)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_not_written(bad):
    matrix = np.full((16, 16), 1, "float32")
    matrix[3, 4] = bad
    with pytest.raises(PretrainedError, match="Weight m is not finite"):
        weights.write({"m": matrix}, "int8")


SCALE = np.full((20, 1), 0.5, "float32")


@pytest.mark.parametrize(
    "scale, message",
    [
        (SCALE * np.nan, "is not finite"),
        (SCALE * 4e36, "must be above 0"),
        (SCALE * np.inf, "is not finite"),
        (-SCALE, "must be above 0"),
        (SCALE * 0, "must be above 0"),
        (SCALE[:-1], "a number for each row"),
        (SCALE[:, 0], "a number for each row"),
        (np.ones((20, 30), "float32"), "a number for each row"),
        (SCALE.astype("float16"), "must be F32"),
        (SCALE.astype("int8"), "must be F32"),
        (None, "m:scale is missing"),
    ],
)
def test_scales_that_are_none_are_refused(scale, message):
    arrays = {"m": np.ones((20, 30), "int8")}
    if scale is not None:
        arrays["m:scale"] = scale
    with pytest.raises(PretrainedError, match=message):
        read(safetensors.numpy.save(arrays))


@pytest.mark.parametrize("of", ["nothing", "float16", "a scale"])
def test_a_scale_one_too_many_is_refused(of):
    arrays = {"m:scale": SCALE}
    if of == "float16":
        arrays["m"] = np.ones((20, 30), "float16")
    if of == "a scale":
        arrays = {
            "m": np.ones((20, 30), "int8"),
            "m:scale": SCALE,
            "m:scale:scale": SCALE,
        }
    with pytest.raises(PretrainedError, match="is one too many"):
        read(safetensors.numpy.save(arrays))


@pytest.mark.thorough
def test_a_model_in_int8(tmp_path, capsys):
    large, folder = tmp_path / "large", tmp_path / "small"
    pretrained.save("imdb_gru_base", large, weights="float16")
    words = ["push", str(large), str(folder), "--weights", "int8"]
    assert main(words) == 0
    whole, small = zoo.load(large), zoo.load(folder)
    assert pretrained.golden_difference(small) <= 1e-5
    sizes = [
        (one.folder / "model.safetensors").stat().st_size
        for one in (whole, small)
    ]
    assert sizes[1] < HALF * sizes[0]
    assert (small.name, small.about["weights"]) == ("small", "int8")
    assert main(["show", str(folder), "--verify"]) == 0
    assert "Golden check passed" in capsys.readouterr().out
    # And back: int8 is what float16 then holds.
    pretrained.save(folder, tmp_path / "again")
    for one, other in zip(
        small.model.weights,
        zoo.load(tmp_path / "again").model.weights,
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


def test_a_form_that_there_is_not(tmp_path):
    with pytest.raises(InputError, match="`weights` must be one of float16"):
        pretrained.save("imdb_gru_base", tmp_path / "x", weights="int4")
    assert not (tmp_path / "x").exists()
