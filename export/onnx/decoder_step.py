"""One step of a translator's decoder, as ONNX nodes."""

import keras

from export.onnx import attention_step, stack_step, step_tokens
from export.onnx.graph import Graph
from export.onnx.values import Unknown
from zoo import layers
from zoo.models.layer_names import DECODER, TARGET_EMBEDDING


def add(
    graph: Graph,
    model: keras.Model,
    token_ids: str,
    memory: list[str],
    states: list[str],
) -> tuple[str, str, list[str]]:
    """Adds a step: the last token of each row, and what comes next.

    Args:
        graph: where to.
        model: the step form of a translator.
        token_ids: name of the ids, int32 of shape `(batch, 1)`.
        memory: names of the memory, its keys and its mask; none without
            attention.
        states: names of the states, each of shape `(batch, size)`.

    Returns:
        The names of the logits, of shape `(batch, vocabulary)`; of the
        weights of the attention, of shape `(batch, source_time)`, or "" where
        there is none; and of the next states.

    Raises:
        Unknown: for a layer or a cell without a form here.
    """
    decoder = model.get_layer(DECODER)
    if type(decoder) is not layers.AttentiveDecoder:
        raise Unknown(type(decoder).__name__)
    x = step_tokens.vectors(graph, model.get_layer(TARGET_EMBEDDING), token_ids)
    own = list(states)
    if decoder.feeds:
        x = graph.add("Concat", x, own.pop(), axis=-1)
    y, following = stack_step.add(graph, decoder.recurrent_layers, x, own)
    weights = ""
    if decoder.attention is not None:
        context, weights = attention_step.add(
            graph, decoder.attention, y, *memory
        )
        both = graph.add("Concat", context, y, axis=-1)
        y = step_tokens.dense(graph, decoder.combine, both)
    if decoder.feeds:
        following.append(y)
    logits = step_tokens.logits(graph, model, TARGET_EMBEDDING, y)
    return logits, weights, following
