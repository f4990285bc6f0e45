"""One step of a cell whose recurrence is linear."""

from collections.abc import Callable

from keras import ops

from zoo.backend.tensor import Tensor


def linear_step(
    terms: Callable, inputs: Tensor, states: list[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """The step form of a linear cell, from the terms of its recurrence.

    A linear cell's first state follows `h' = a * h + b`, where `a` and `b`
    depend on the input alone. Its method `terms(inputs, states, previous)`
    takes one step, of shape `(batch, features)`, or a whole sequence, of
    shape `(batch, time, features)`, and returns

    * `a` and `b`, of shape `(batch, [time,] units)`;
    * a function from the new `h` of every step to the outputs;
    * for each state behind the first, its new value at every step.

    `previous(x, first)` gives it, for something that it made at every step,
    the value at the step before; `first` where there is none.

    The cells multiply by `ops.tensordot` and add a bias by `ops.add`: all steps
    are then rows of one matrix, in the gradient too. `ops.matmul` and `+` make
    a gradient of the kernel for every sequence, and a sum over them.

    Args:
        terms: that method.
        inputs: Tensor of shape `(batch, features)`.
        states: List of tensors, `h` first.

    Returns:
        The output and the list of new states.
    """
    a, b, output, others = terms(inputs, states, lambda x, first: first)
    h = ops.add(ops.multiply(a, states[0]), b)
    h = ops.cast(h, b.dtype)
    return output(h), [h, *others]
