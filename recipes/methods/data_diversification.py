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
from zoo.io import json_reader
from zoo.io.files import read_json, write_json
from zoo.tasks import Translator

# Different translations of a sentence by one teacher, at most.
_BEST = 2


def load_teachers(names: str, pair: str) -> list[tuple[Translator, bool]]:
    """Translators, and whether each translates back.

    Args:
        names: what `zoo.load` takes, or several with commas between them.
        pair: the languages to translate, as in `en-de`.

    Raises:
        InputError: for one that is no translator, or of other languages.
    """
    teachers = []
    back_pair = "-".join(reversed(pair.split("-")))
    for name in filter(None, names.split(",")):
        trained = warm_start.load_model(name)
        languages = trained.about.get("scores", {}).get("pair", "")
        if not isinstance(trained, Translator) or languages not in (
            pair,
            back_pair,
        ):
            raise InputError(
                f"--teacher must translate {pair or 'what --pair says'}, or "
                f"back. {name}: {languages or trained.kind}."
            )
        teachers.append((trained, languages != pair))
    return teachers


def translated_pairs(
    teachers: Sequence[tuple[Translator, bool]],
    texts: Sequence[tuple[str, str]],
    path: Path,
) -> list[tuple[str, str]]:
    """What the teachers make of pairs, and not the pairs themselves.

    Args:
        teachers: what `load_teachers` returned.
        texts: sources and targets.
        path: the file where it is, or will be; a run that goes on learns the
            same.
    """
    if path.exists():
        content = read_json(path)
        with json_reader.damage(path):
            return list(zip(content["source"], content["target"], strict=True))
    # A dict, for two teachers may say the same.
    new: dict[tuple[str, str], None] = {}
    for trained, back in teachers:
        translator = trained.decoder
        inputs = [pair[1] if back else pair[0] for pair in texts]
        n_best = translator.n_best(inputs, _BEST)
        for text, answers in zip(inputs, n_best, strict=True):
            for answer in answers:
                pair = (answer.text, text) if back else (text, answer.text)
                new[pair] = None
    originals = set(texts)
    result = [pair for pair in new if all(pair) and pair not in originals]
    source, target = zip(*result, strict=True) if result else ((), ())
    write_json(path, {"source": list(source), "target": list(target)})
    return result
