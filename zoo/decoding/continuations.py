"""Several ways to go on with one text; the text itself stays as it is."""

from collections.abc import Sequence

import numpy as np

from zoo.argument_checks import of_type
from zoo.backend.compile import compiled
from zoo.decoding.bounds import check_beams, check_samples
from zoo.decoding.finite_answers import check_all, not_finite
from zoo.decoding.language_model_beam import beam_search, traced_back
from zoo.decoding.sampling import Sampling, gumbel
from zoo.decoding.stop_strings import Stopper
from zoo.decoding.streaming import CHUNK, Stream

# Numbers of noise that are drawn at once, for some of the samples.
_NOISE = 1 << 22


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
            be, and more than 10,000 samples, 1,000,000 tokens of one or
            10,000,000 of all.
    """
    of_type(Stream, stream=stream)
    check_samples(count, length, seed)
    Stopper(stop)
    sampling = Sampling() if sampling is None else sampling
    of_type(Sampling, sampling=sampling)
    stream.begin()
    # Their noise and logits are what takes memory.
    most = max(1, _NOISE // (CHUNK * stream.tokenizer.size))
    return [
        text
        for first in range(0, count, most)
        for text in _side_by_side(
            stream,
            range(first, min(first + most, count)),
            length=length,
            sampling=sampling,
            seed=seed,
            stop=stop,
        )
    ]


def _side_by_side(
    stream: Stream,
    rows: range,
    *,
    length: int,
    sampling: Sampling,
    seed: int,
    stop: Sequence[str],
) -> list[str]:
    """Those samples whose numbers are `rows`."""
    tokenizer = stream.tokenizer
    write = stream.writer(sampling)
    stoppers = [Stopper(stop) for _ in rows]
    decoders = [tokenizer.decoder() for _ in rows]
    randoms = [np.random.default_rng([seed, row]) for row in rows]
    pieces: list[list[str]] = [[] for _ in rows]
    state = stream.state.repeated(len(rows))
    while length > 0 and not all(s.stopped for s in stoppers):
        shape = (CHUNK, tokenizer.size)
        noise = [gumbel(random, shape) for random in randoms]
        ids, state = write(np.stack(noise), state)
        check_all([state.logits, *state.states], stream.name)
        for row, stopper in enumerate(stoppers):
            for one in ids[row, :length].tolist():
                if not stopper.stopped:
                    pieces[row].append(stopper.next(decoders[row]([one])))
        length -= CHUNK
    return [
        "".join(written) + ("" if stopper.stopped else stopper.rest())
        for written, stopper in zip(pieces, stoppers, strict=True)
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
            cannot be, more than 1,024 beams (fewer with more than 16,384
            tokens to choose from), 1,000,000 tokens of one or 4,194,304 of
            all.
    """
    of_type(Stream, stream=stream)
    tokenizer = stream.tokenizer
    check_beams(beams, length, tokenizer.size)
    Stopper(stop)
    stream.begin()
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
    scores = np.asarray(scores)
    # The best one is there, whatever the number of beams.
    if np.isnan(scores).any() or not np.isfinite(scores[0]):
        raise not_finite(stream.name)
    texts = traced_back(np.asarray(tokens), np.asarray(parents))
    for ids, score in zip(texts, scores, strict=True):
        if not np.isfinite(score):
            # There are fewer texts of this length than beams.
            break
        stopper = Stopper(stop)
        text = stopper.next(tokenizer.decode(ids.tolist()))
        if not stopper.stopped:
            text += stopper.rest()
        answers.append((text, float(score)))
    return answers
