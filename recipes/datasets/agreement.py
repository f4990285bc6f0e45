"""Prefixes of sentences whose verb must agree with a subject far behind.

"the writer of the books": is, or are? The subject decides (writer: is), while
the noun next to the verb (books) pulls the other way. The grammar below makes
such prefixes with any number of words between subject and verb:

    prefix   -> [opening] the [adjective] SUBJECT between
    opening  -> last year | in the NOUN | ...
    between  -> nothing | adverbs | phrase between
    phrase   -> preposition the [adjective] NOUN           of the old books
              | that the [adjective] NOUN verb             that the boys saw
              | that verb the [adjective] NOUN             that saw the boys
              | participle by the [adjective] NOUN         loved by the boys

Verbs stand in the past tense, which has no number in English, so only the
nouns tell. The nouns of a phrase are singular or plural by chance; one whose
number is not the subject's is an attractor.
"""

import dataclasses
import random

import numpy as np

from zoo.argument_checks import at_least

LABELS = ["is", "are"]

_NOUNS = (
    "author writer teacher doctor sailor painter farmer singer baker lawyer "
    "king queen brother sister neighbour pilot gardener actor judge guest "
    "book letter garden river house picture window table bridge tower road "
    "lamp song story village ship train clock key mountain"
).split()
_ADJECTIVES = (
    "old young small great quiet famous clever gentle green broken strange "
    "early heavy lonely proud pale bright simple foreign plain"
).split()
_PREPOSITIONS = "of near behind beside above under with against".split()
_VERBS = (
    "saw admired loved painted followed described remembered built found "
    "visited mentioned praised"
).split()
_PARTICIPLES = "admired loved painted followed described praised".split()
_ADVERBS = "really certainly still always probably never often".split()
_OPENINGS = ["last year", "in those days", "after the war", "as we know"]
_SHORTEST_PHRASE, _LONGEST_PHRASE = 3, 5
_CLAUSE_LEFT_OPEN = 0.4


@dataclasses.dataclass(frozen=True)
class Sentences:
    """Prefixes with what is known of each.

    Attributes:
        texts: the prefixes.
        labels: 0 where the verb is "is", 1 where it is "are".
        distances: number of words between the subject and the verb.
        attractors: number of nouns between them of the other number.
    """

    texts: list[str]
    labels: np.ndarray
    distances: np.ndarray
    attractors: np.ndarray


def vocabulary() -> list[str]:
    """Every word that the grammar can make, in alphabetical order."""
    words = set("the by that".split())
    for noun in _NOUNS:
        words.update([noun, f"{noun}s"])
    for kind in (
        _ADJECTIVES,
        _PREPOSITIONS,
        _VERBS,
        _PARTICIPLES,
        _ADVERBS,
        " ".join(_OPENINGS).split(),
    ):
        words.update(kind)
    return sorted(words)


def generate(
    count: int,
    max_distance: int,
    seed: int,
    exclude: frozenset[str] = frozenset(),
) -> Sentences:
    """Makes `count` different prefixes.

    Distances are spread evenly over 0 to `max_distance`; both labels are
    equally likely.

    Args:
        count: how many.
        max_distance: most words between subject and verb.
        seed: the same seed makes the same prefixes.
        exclude: prefixes that must not be among them.
    """
    at_least(1, count=count)
    at_least(0, max_distance=max_distance)
    choose = random.Random(seed)
    seen = set(exclude)
    rows: list[tuple[str, bool, int, int]] = []
    while len(rows) < count:
        distance = len(rows) % (max_distance + 1)
        plural = choose.random() < 0.5
        text, between = _prefix(choose, distance, plural)
        if text not in seen:
            seen.add(text)
            rows.append((text, plural, distance, between))
    choose.shuffle(rows)
    texts, labels, distances, attractors = zip(*rows, strict=True)
    return Sentences(
        list(texts),
        np.array(labels, "int32"),
        np.array(distances, "int32"),
        np.array(attractors, "int32"),
    )


def _prefix(choose, distance: int, plural: bool) -> tuple[str, int]:
    words = _opening(choose)
    if choose.random() < _CLAUSE_LEFT_OPEN:
        # An outer subject first, whose number now does not matter.
        words += _subject(choose, choose.random() < 0.5)
        words += _between(choose, choose.randrange(distance + 1), plural)[0]
        words += ["that"]
    words += _subject(choose, plural)
    between, attractors = _between(choose, distance, plural)
    return " ".join(words + between), attractors


def _subject(choose, plural: bool) -> list[str]:
    return _noun_phrase(choose, plural, choose.choice([2, 3]))


def _between(choose, length: int, plural: bool) -> tuple[list[str], int]:
    """Phrases and adverbs of `length` words, and how many attractors."""
    words = []
    attractors = 0
    left = length
    while left >= _SHORTEST_PHRASE:
        lengths = [
            phrase
            for phrase in range(_SHORTEST_PHRASE, _LONGEST_PHRASE + 1)
            if left == phrase or left - phrase >= _SHORTEST_PHRASE
        ]
        # 5 words left, say, can be one phrase of 5, or one of 3 and 2 adverbs.
        phrase = choose.choice(lengths or [_SHORTEST_PHRASE])
        noun_is_plural = choose.random() < 0.5
        words += _phrase(choose, phrase, noun_is_plural)
        attractors += noun_is_plural != plural
        left -= phrase
    return words + choose.sample(_ADVERBS, left), attractors


def _opening(choose) -> list[str]:
    kind = choose.randrange(4)
    if kind == 0:
        return choose.choice(_OPENINGS).split()
    if kind == 1:
        return []
    words = ["in", *_noun_phrase(choose, choose.random() < 0.5, kind)]
    while choose.random() < 0.5:
        words += _phrase(choose, _SHORTEST_PHRASE, choose.random() < 0.5)
    return words


def _noun_phrase(choose, plural: bool, length: int) -> list[str]:
    noun = choose.choice(_NOUNS) + ("s" if plural else "")
    if length == 2:
        return ["the", noun]
    return ["the", choose.choice(_ADJECTIVES), noun]


def _phrase(choose, length: int, plural: bool) -> list[str]:
    if length == _SHORTEST_PHRASE:
        return [
            choose.choice(_PREPOSITIONS),
            *_noun_phrase(choose, plural, 2),
        ]
    noun = _noun_phrase(choose, plural, length - 2)
    kind = choose.randrange(3)
    if kind == 0:
        return ["that", *noun, choose.choice(_VERBS)]
    if kind == 1:
        return ["that", choose.choice(_VERBS), *noun]
    return [choose.choice(_PARTICIPLES), "by", *noun]
