"""Which of many parameters are fast: the others get a mark that is slower."""

import pytest


def fast_are(chosen, values, mark="every_cell_export"):
    """`values`, all but `chosen` of them marked.

    Args:
        chosen: a function from a value to whether it is fast.
        values: what a test is parametrised with; tuples for several names.
        mark: the name of the mark of the others.
    """
    marks = getattr(pytest.mark, mark)
    return [
        value
        if chosen(value)
        else pytest.param(
            *(value if isinstance(value, tuple) else (value,)), marks=marks
        )
        for value in values
    ]
