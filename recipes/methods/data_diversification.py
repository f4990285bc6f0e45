"""More pairs of the same sentences: what other translators make of them.

A translator of the same direction gives other translations of the sources
(Kim and Rush, 2016), one of the other direction other sources of the targets
(Sennrich et al., 2016). Learned beside the pairs that people wrote, they show
the same thing said in other words (Nguyen et al., 2020).

    References: [Kim and Rush, 2016](https://arxiv.org/abs/1606.07947),
    [Sennrich et al., 2016](https://arxiv.org/abs/1511.06709),
    [Nguyen et al., 2020](https://arxiv.org/abs/1911.01986)
"""

from collections.abc import Sequence
from pathlib import Path

from recipes.methods import warm_start
from zoo.errors import InputError
from zoo.io.files import read_json, write_json
from zoo.tasks import Task, Translator

# Different translations of a sentence by one teacher, at most.
_BEST = 2


def teachers(names: str, pair: str) -> list[tuple[Task, bool]]:
    """Translators, and whether each translates back.

    Args:
        names: what `zoo.load` takes, or several with commas between them.
        pair: the languages to translate, as in `en-de`.

    Raises:
        InputError: for one that is no translator, or of other languages.
    """
    found = []
    for name in filter(None, names.split(",")):
        trained = warm_start.loaded(name)
        theirs = trained.about.get("scores", {}).get("pair", "")
        back = "-".join(reversed(pair.split("-")))
        if not isinstance(trained, Translator) or theirs not in (pair, back):
            raise InputError(
                f"--teacher must translate {pair or 'what --pair says'}, or "
                f"back. {name}: {theirs or trained.kind}."
            )
        found.append((trained, theirs != pair))
    return found


def more(
    found: Sequence[tuple[Task, bool]],
    texts: Sequence[tuple[str, str]],
    kept: Path,
) -> list[tuple[str, str]]:
    """What `teachers` make of pairs, and not the pairs themselves.

    Args:
        found: what `teachers` returned.
        texts: sources and targets.
        kept: the file where it is, or will be; a run that goes on learns the
            same.
    """
    if kept.exists():
        content = read_json(kept)
        return list(zip(content["source"], content["target"], strict=True))
    # A dict, for two teachers may say the same.
    new = {}
    for trained, back in found:
        translator = trained.decoder
        given = [pair[1] if back else pair[0] for pair in texts]
        best = translator.n_best(given, _BEST)
        for text, answers in zip(given, best, strict=True):
            for answer in answers:
                made = (answer.text, text) if back else (text, answer.text)
                new[made] = None
    known = set(texts)
    result = [pair for pair in new if all(pair) and pair not in known]
    source, target = zip(*result, strict=True) if result else ((), ())
    write_json(kept, {"source": list(source), "target": list(target)})
    return result
