"""What ONNX files held that some runtime gets wrong, crashes at or warns of.

For each fault a small file that has it, and a function that finds it in any.
"""

import numpy as np
from onnx import AttributeProto, TensorProto, helper, numpy_helper
from small_files import model

# Whole numbers that float32 holds exactly.
_EXACT = 2**24
_INT64 = np.iinfo(np.int64)
_IDS = {"token_ids": (TensorProto.INT32, ["batch", "time"])}


def graphs(graph):
    """A graph and all graphs inside it."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                yield from graphs(attribute.g)


def nodes(proto, *operators):
    found = [node for graph in graphs(proto.graph) for node in graph.node]
    return [n for n in found if not operators or n.op_type in operators]


def constants(proto):
    """Arrays by their names."""
    return {
        tensor.name: numpy_helper.to_array(tensor)
        for graph in graphs(proto.graph)
        for tensor in graph.initializer
    }


def sequence_lens(proto):
    """OpenVINO and the reference evaluator read the padding like a text."""
    return [
        node.op_type
        for node in nodes(proto, "GRU", "LSTM", "RNN")
        if len(node.input) > 4 and node.input[4]
    ]


def large_remainder(proto):
    """OpenVINO takes the remainder of a product in float32."""
    produced = {name: n for n in nodes(proto) for name in n.output}
    found = [
        produced[node.input[0]]
        for node in nodes(proto, "Mod")
        if node.input[0] in produced
    ]
    return [node.op_type for node in found if node.op_type == "Mul"]


def constant_without_value(proto):
    """tract refuses it."""
    found = nodes(proto, "ConstantOfShape")
    return [node.name for node in found if not node.attribute]


def far_slice(proto):
    """tract refuses an end past what it can add to, but for the last int64."""
    known = constants(proto)
    bounds = [
        known[name]
        for node in nodes(proto, "Slice")
        for name in node.input[1:3]
        if name in known
    ]
    return [
        number
        for bound in bounds
        for number in bound.ravel().tolist()
        if abs(number) > 2**31 and number not in (_INT64.max, _INT64.min)
    ]


def unnamed(proto):
    """Quantizers name the nodes that they leave out."""
    names = [node.name for node in nodes(proto)]
    return [name for name in names if not name or names.count(name) > 1]


def unused(proto):
    """ONNX Runtime warns of each when it opens the file."""
    used = {name for node in nodes(proto) for name in node.input}
    outputs = {v.name for graph in graphs(proto.graph) for v in graph.output}
    return [name for name in constants(proto) if name not in used | outputs]


def masked_gru(with_lens):
    """Rows of a table through a GRU, and its last state: `y`."""
    random = np.random.default_rng(0)
    units, features = 4, 3
    named = {
        "table": random.normal(size=(9, features)),
        "W": random.normal(size=(1, 3 * units, features)),
        "R": random.normal(size=(1, 3 * units, units)),
        "B": random.normal(size=(1, 6 * units)),
    }
    named = {name: array.astype("float32") for name, array in named.items()}
    named.update(zero=np.int32(0), axis=np.array([1]))
    make = helper.make_node
    lens = ["lens"] if with_lens else []
    made = [
        make("Gather", ["table", "token_ids"], ["rows"], "rows"),
        make("Transpose", ["rows"], ["x"], "x", perm=[1, 0, 2]),
        make(
            "GRU",
            ["x", "W", "R", "B", *lens],
            ["", "y"],
            "gru",
            hidden_size=units,
            linear_before_reset=1,
        ),
    ]
    if with_lens:
        made[2:2] = [
            make("Equal", ["token_ids", "zero"], ["padding"], "padding"),
            make("Not", ["padding"], ["keep"], "keep"),
            make("Cast", ["keep"], ["whole"], "whole", to=TensorProto.INT32),
            make("ReduceSum", ["whole", "axis"], ["lens"], "lens", keepdims=0),
        ]
    else:
        del named["zero"], named["axis"]
    states = {"y": (TensorProto.FLOAT, [1, "batch", units])}
    return model(made, _IDS, states, named)


def hashed():
    """The remainder of ids times a large number: `y`, int32."""
    make = helper.make_node
    return model(
        [
            make("Mul", ["token_ids", "factor"], ["product"], "product"),
            make("Mod", ["product", "slots"], ["y"], "y"),
        ],
        _IDS,
        {"y": (TensorProto.INT32, ["batch", "time"])},
        {"factor": np.int32(40_503), "slots": np.int32(131_071)},
    )


def zeros():
    """`ConstantOfShape` with the value that it has by default."""
    make = helper.make_node
    return model(
        [
            make("Shape", ["token_ids"], ["shape"], "shape"),
            make("ConstantOfShape", ["shape"], ["y"], "y"),
        ],
        _IDS,
        {"y": (TensorProto.FLOAT, ["batch", "time"])},
    )


def sliced():
    """All but the first row, up to 2^62."""
    named = {"start": [1], "end": [2**62], "axis": [0]}
    node = helper.make_node("Slice", ["token_ids", *named], ["y"], "y")
    arrays = {name: np.array(value) for name, value in named.items()}
    outputs = {"y": (TensorProto.INT32, ["rows", "time"])}
    return model([node], _IDS, outputs, arrays)


def without_names():
    proto = zeros()
    for node in proto.graph.node:
        node.name = ""
    return proto


def with_more():
    proto = zeros()
    more = numpy_helper.from_array(np.float32([1, 2]), "never_read")
    proto.graph.initializer.append(more)
    return proto


# What finds a fault, and a file that has it.
FAULTS = {
    sequence_lens: lambda: masked_gru(with_lens=True),
    large_remainder: hashed,
    constant_without_value: zeros,
    far_slice: sliced,
    unnamed: without_names,
    unused: with_more,
}
