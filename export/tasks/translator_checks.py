"""The ONNX files of a translator in a runtime, against what it answers."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from export import verify
from export.errors import MismatchError
from export.request import Request
from export.runtimes import verification
from export.runtimes.registry import Runtime
from export.tasks.translator_reference import Reference, counted
from zoo.text.ids import START

# Sentences, and units of one, where a runtime computes in Python.
FEW_SENTENCES, FEW_STEPS = 8, 16


def opened(
    folder: Path, runtime: Runtime, axes: dict
) -> dict[str, Callable[..., np.ndarray]]:
    """The ONNX files of an export in a runtime, by names of artifacts.

    Args:
        folder: of the export.
        runtime: what opens them, when they are called.
        axes: names and axes of the step form.

    Returns:
        `onnx_step`, a function of pairs of source and target ids to logits;
        `onnx_translate`, one of source ids to target ids.
    """
    read_source, step, looped = (
        runtime.when_called(folder / f"{name}.onnx")
        for name in ("encoder", "decoder_step", "translate")
    )
    return {
        "onnx_step": lambda pair: stepped(read_source, step, axes, *pair),
        "onnx_translate": lambda ids: looped({"source_ids": ids})["target_ids"],
    }


@dataclasses.dataclass(frozen=True)
class Known:
    """What the model answers.

    Attributes:
        reference: the model.
        pairs: of source and target ids.
        logits: of each pair.
        sentences: pairs of source ids and the tokens that it chooses.
    """

    reference: Reference
    pairs: list[tuple]
    logits: list[np.ndarray]
    sentences: list[tuple[np.ndarray, np.ndarray]]

    def few(self) -> "Known":
        """A small part of it, for a runtime that computes in Python."""
        few = verify.FEW_SHAPES
        ids, tokens = self.sentences[0]
        sentences = [(ids[:FEW_SENTENCES], tokens[:FEW_SENTENCES])]
        pairs = [(a, b[:, :FEW_STEPS]) for a, b in self.pairs[:few]]
        logits = [one[:, :FEW_STEPS] for one in self.logits[:few]]
        return Known(self.reference, pairs, logits, sentences)


def checks(
    folder: Path, axes: dict, known: Known, request: Request
) -> Callable[[Runtime], tuple[verification.Checks, dict]]:
    """What `export.runtimes.verification.in_each` compares.

    Args:
        folder: of the files.
        axes: names and axes of the step form.
        known: what they must answer.
        request: what is asked for, the tolerance among it.
    """

    def of(runtime):
        chosen = known.few() if runtime.slow else known
        runs = opened(folder, runtime, axes)
        limit = verify.limit(request.atol, runtime.step_tolerance)

        def steps():
            return verify.compared(
                f"encoder.onnx with decoder_step.onnx in {runtime.title}",
                runs["onnx_step"],
                chosen.pairs,
                chosen.logits,
                limit,
            )

        def translations():
            what = f"A translation by translate.onnx in {runtime.title}"
            return max(
                same_tokens(
                    known.reference,
                    ids,
                    tokens,
                    runs["onnx_translate"](ids),
                    what,
                    limit,
                )
                for ids, tokens in chosen.sentences
            )

        about = {
            "shapes": [list(ids.shape) for ids, _ in chosen.pairs],
            "sentences": sum(len(ids) for ids, _ in chosen.sentences),
        }
        return {"onnx_step": steps, "onnx_translate": translations}, about

    return of


def stepped(
    read_source: Callable,
    step: Callable,
    axes: dict,
    source_ids: np.ndarray,
    target_ids: np.ndarray,
) -> np.ndarray:
    """The logits of whole targets, one token after the other.

    Args:
        read_source: encoder.onnx, as a runtime opens it: arrays by their names.
        step: decoder_step.onnx likewise.
        axes: names of what goes into a step.
        source_ids: int32 of shape `(batch, source_time)`.
        target_ids: int32 of shape `(batch, target_time)`.
    """
    values = read_source({"source_ids": source_ids})
    logits = []
    for t in range(target_ids.shape[1]):
        values["target_ids"] = target_ids[:, t : t + 1]
        outputs = step({name: values[name] for name in axes["inputs"]})
        logits.append(outputs["logits"])
        for name, value in outputs.items():
            if name.startswith("next_"):
                values[name.removeprefix("next_")] = value
    return counted(np.stack(logits, axis=1), target_ids)


def same_tokens(
    reference: Reference,
    source_ids: np.ndarray,
    ours: np.ndarray,
    theirs: np.ndarray,
    what: str = "A translation by translate.onnx",
    tolerance: float = verify.STEP_TOLERANCE,
) -> float:
    """Checks that two greedy translations are the same.

    Where the two best tokens are as good as each other, within the tolerance
    of their logits, either may be chosen; what follows then does not count.

    Returns:
        The largest difference of two such logits; 0 where all are the same.

    Raises:
        MismatchError: otherwise.
    """
    width = max(ours.shape[1], theirs.shape[1])
    ours, theirs = (
        np.pad(x, [[0, 0], [0, width - x.shape[1]]]) for x in (ours, theirs)
    )
    largest = 0.0
    for row in np.flatnonzero((ours != theirs).any(axis=1)):
        t = int((ours[row] != theirs[row]).argmax())
        target_ids = np.array([[START, *ours[row, :t]]], "int32")
        logits = reference.logits((source_ids[row : row + 1], target_ids))
        gap = logits[0, t, ours[row, t]] - logits[0, t, theirs[row, t]]
        if not abs(gap) <= tolerance:
            raise MismatchError(what, float(abs(gap)), tolerance)
        largest = max(largest, float(abs(gap)))
    return largest
