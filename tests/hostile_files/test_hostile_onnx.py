"""ONNX files that must not be opened."""

import pytest
from hostile import refused

from zoo.errors import InputError


def onnx_model(where):
    """An ONNX file that takes a tensor's numbers from another file."""
    from onnx import TensorProto, helper

    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "/etc/passwd"), ("length", "16")):
        tensor.external_data.add(key=key, value=value)
    kept = []
    nodes = [helper.make_node("Identity", ["w"], ["y"])]
    if where == "an initialiser":
        kept = [tensor]
    elif where == "an attribute":
        nodes.insert(0, helper.make_node("Constant", [], ["w"], value=tensor))
    else:
        inside = helper.make_graph(
            [helper.make_node("Constant", [], ["z"], value=tensor)],
            "branch",
            [],
            [helper.make_tensor_value_info("z", TensorProto.FLOAT, [4])],
        )
        nodes = [
            helper.make_node(
                "If", ["c"], ["y"], then_branch=inside, else_branch=inside
            )
        ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("c", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])],
        kept,
    )
    opset = helper.make_opsetid("", 18)
    return helper.make_model(graph, opset_imports=[opset])


@pytest.mark.parametrize(
    "where", ["an initialiser", "an attribute", "a branch"]
)
def test_onnx_with_external_data_is_refused(tmp_path, where):
    onnx = pytest.importorskip("onnx")
    from export import classifier_file
    from export.runtimes import onnx_runtime

    path = tmp_path / "model.onnx"
    onnx.save_model(onnx_model(where), path)
    refused(path, tmp_path, "refers to another file", onnx_runtime.session)

    def kept(path):
        classifier_file.opened(path.read_bytes(), path.name)

    refused(path, tmp_path, "refer to another file", kept)


@pytest.mark.parametrize("content", [b"\x80\x04K*.", b"x" * 100])
def test_what_is_no_onnx_file_is_refused(tmp_path, content):
    pytest.importorskip("onnx")
    from export.runtimes import onnx_runtime

    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    refused(path, tmp_path, "model.onnx", onnx_runtime.session)


def test_onnx_behind_a_link_is_refused(tmp_path):
    pytest.importorskip("onnx")
    from export.runtimes import onnx_runtime

    path = tmp_path / "model.onnx"
    path.symlink_to("/dev/zero")
    with pytest.raises(InputError, match="is a link"):
        onnx_runtime.session(path)
