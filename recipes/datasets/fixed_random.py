"""Random whole numbers that are the same in every version of NumPy.

NumPy keeps the bits of its bit generators fixed, but not what the methods of
`numpy.random.Generator` make of them (NEP 19). A data set that is drawn must
not change with NumPy, so the three methods that it needs are written here, over
the bits of PCG64. They return what `Generator` of NumPy 1.26 to 2.4 returns.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

# 64-bit numbers that are taken from the bit generator at once.
_BLOCK = 1024
_BITS = 32
_LOW = (1 << _BITS) - 1


class FixedRandom:
    """A stream of random whole numbers, all of them equally likely.

    Args:
        seed: int, or a list of them.

    Reference:
        - [Lemire, 2019](https://arxiv.org/abs/1805.10941), algorithm 5
    """

    def __init__(self, seed: int | list[int]):
        self._generator = np.random.PCG64(seed)
        self._waiting: list[int] = []

    def below(self, count: int) -> int:
        """A number from 0 to `count - 1`; `count` is 1 to 2^32 - 1."""
        if count == 1:
            return 0
        product = self._bits() * count
        if product & _LOW < count:
            unfair = (1 << _BITS) % count
            while product & _LOW < unfair:
                product = self._bits() * count
        return product >> _BITS

    def choice(self, items: Sequence) -> Any:
        """One of `items`."""
        return items[self.below(len(items))]

    def permutation(self, count: int) -> list[int]:
        """The numbers from 0 to `count - 1` in a random order."""
        order = list(range(count))
        for place in reversed(range(1, count)):
            mask = (1 << place.bit_length()) - 1
            while (other := self._bits() & mask) > place:
                pass
            order[place], order[other] = order[other], order[place]
        return order

    def _bits(self) -> int:
        """The next 32 bits: of each 64, first the low half."""
        if not self._waiting:
            for bits in self._generator.random_raw(_BLOCK).tolist():
                self._waiting += [bits & _LOW, bits >> _BITS]
            self._waiting.reverse()
        return self._waiting.pop()
