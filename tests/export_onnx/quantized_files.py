"""What holds for every ONNX file in fewer bits."""

import onnx

from export.onnx import convert
from export.onnx.inner_graphs import graphs


def check(manifest, folder, weights):
    about = manifest["quantization"]
    assert about["weights"] == weights
    share = {"int8": 0.62, "float16": 0.8}[weights]
    assert 0 < about["bytes_after"] < share * about["bytes_before"]
    files = sorted(folder.glob("*.onnx"))
    assert about["bytes_after"] == sum(path.stat().st_size for path in files)
    for name, difference in manifest["largest_difference"].items():
        assert difference <= about["largest_allowed"][name]
    for path in files:
        proto = onnx.load(path, load_external_data=False)
        onnx.checker.check_model(proto, full_check=True)
        opsets = {one.domain: one.version for one in proto.opset_import}
        assert opsets[""] == convert.OPSET
        domains = {
            node.domain for graph in graphs(proto.graph) for node in graph.node
        }
        assert domains <= {"", *about["domains"]}
        for graph in graphs(proto.graph):
            for tensor in graph.initializer:
                assert tensor.data_location != onnx.TensorProto.EXTERNAL
    return about
