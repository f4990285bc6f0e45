"""Several ways to go on with one text; the text itself stays as it is."""

from collections.abc import Sequence

import numpy as np

from zoo.argument_checks import at_least
from zoo.backend.compile import compiled
from zoo.decoding.language_model_beam import beam_search, traced_back
from zoo.decoding.sampling import Sampling, gumbel
from zoo.decoding.stop_strings import Stopper
from zoo.decoding.streaming import CHUNK, Stream


def samples(
    stream: Stream,
    count: int,
    length: int,
    sampling: Sampling | None = None,
    seed: int = 0,
    stop: Sequence[str] = (),
) -> list[str]:
    """Several ways to go on, drawn side by side; the stream stays put.

    Sample `i` depends on `seed` and `i` only, not on `count`; the first
    is what `generate` writes.

    Args:
        stream: where to go on from.
        count: number of texts.
        length: number of tokens of each at most.
        sampling: how to choose; by default, from the whole distribution.
        seed: of the draws.
        stop: strings that end a text.

    Raises:
        InputError: for a count, length, seed or stop string that cannot
            be.
    """
    at_least(1, length=length, count=count)
    at_least(0, seed=seed)
    stream.begin()
    tokenizer = stream.tokenizer
    write = stream.writer(sampling or Sampling())
    stoppers = [Stopper(stop) for _ in range(count)]
    decoders = [tokenizer.decoder() for _ in range(count)]
    randoms = [np.random.default_rng([seed, row]) for row in range(count)]
    texts = [""] * count
    state = stream.state.repeated(count)
    while length > 0 and not all(s.stopped for s in stoppers):
        shape = (CHUNK, tokenizer.size)
        noise = [gumbel(random, shape) for random in randoms]
        ids, state = write(np.stack(noise), state)
        for row, stopper in enumerate(stoppers):
            for one in ids[row, :length].tolist():
                if not stopper.stopped:
                    texts[row] += stopper.next(decoders[row]([one]))
        length -= CHUNK
    return [
        text if stopper.stopped else text + stopper.rest()
        for text, stopper in zip(texts, stoppers, strict=True)
    ]


def beam(
    stream: Stream, beams: int, length: int, stop: Sequence[str] = ()
) -> list[tuple[str, float]]:
    """The most probable ways to go on that a beam finds, best first.

    Args:
        stream: where to go on from.
        beams: number of texts that are kept at every step.
        length: number of tokens of each.
        stop: strings before which a text is cut off afterwards.

    Returns:
        Texts, and the logarithm of their probability (of all `length`
        tokens). The stream stays put.

    Raises:
        InputError: for a number of beams, length or stop string that
            cannot be.
    """
    at_least(1, length=length, beams=beams)
    Stopper(stop)
    stream.begin()
    tokenizer = stream.tokenizer
    step_model, names = stream.step_model, stream.state_names
    bias = np.zeros((1, tokenizer.size), "float32")
    bias[0, list(tokenizer.reserved)] = -np.inf

    def step(tokens, states):
        inputs = dict(zip(names, states, strict=True))
        outputs = step_model({"token_ids": tokens, **inputs})
        states = [outputs[name] for name in names]
        return outputs["logits"][:, 0] + bias, states

    search = compiled(
        lambda logits, *states: beam_search(
            step, logits + bias, list(states), beams, length
        ),
        step_model,
    )
    tokens, parents, scores = search(
        np.asarray(stream.state.logits), *stream.state.states
    )
    answers = []
    texts = traced_back(np.asarray(tokens), np.asarray(parents))
    for ids, score in zip(texts, np.asarray(scores), strict=True):
        if not np.isfinite(score):
            # There are fewer texts of this length than beams.
            break
        stopper = Stopper(stop)
        text = stopper.next(tokenizer.decode(ids.tolist()))
        if not stopper.stopped:
            text += stopper.rest()
        answers.append((text, float(score)))
    return answers
