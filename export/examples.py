"""Texts to try a model with: in its card, on its page, in a request."""

from zoo.tasks import LanguageModel, Task, Translator

_SENTENCES = {
    "en": [
        "A man is playing the guitar.",
        "Two dogs run through the snow.",
        "A little girl in a pink dress climbs the stairs.",
    ],
    "de": [
        "Ein Mann spielt Gitarre.",
        "Zwei Hunde laufen durch den Schnee.",
        "Ein kleines Mädchen in einem rosa Kleid steigt die Treppe hinauf.",
    ],
    "fr": [
        "Un homme joue de la guitare.",
        "Deux chiens courent dans la neige.",
        "Une petite fille en robe rose monte les escaliers.",
    ],
}
_DATES = ["3. Oktober 1990", "le 14 juillet 1989", "2024年3月5日"]
_DATES += ["Tuesday, 5 March 2024"]
_OPINIONS = [
    "A quiet, moving film. I did not expect to like it that much!",
    "The actors are wonderful, but the story is dull and far too long.",
    "Not bad at all.",
]
# What the data sets of the recipe translate, where the run does not say it.
_PAIRS = {"multi30k": "en-de", "tatoeba": "en-fr"}
# Fields of a recipe that name one's own data; then `data` says nothing.
_OWN = ("train_file", "train_pairs", "train_source", "train_target")
_BEGINNINGS = {
    "shakespeare": ["ROMEO:\n", "KING HENRY:\nMy lord, ", "To be, or not to "],
    "war_and_peace": ["Pierre ", "“Well, Prince, ", "The army "],
    "reviews": ["this film is", "i have never seen", "the best thing about"],
}


def texts(trained: Task) -> list[str]:
    """Examples for a model, by its data; some kind of text for any other.

    Args:
        trained: a classifier, language model or translator.

    Returns:
        Two or more; none for a translator whose language is not known.
    """
    config = trained.about.get("config", {})
    own = any(config.get(name) for name in _OWN)
    data = "" if own else str(config.get("data", ""))
    if isinstance(trained, Translator):
        if data == "dates":
            return list(_DATES)
        pair = str(config.get("pair") or _PAIRS.get(data, ""))
        return list(_SENTENCES.get(pair.partition("-")[0], []))
    if isinstance(trained, LanguageModel):
        for name, beginnings in _BEGINNINGS.items():
            if name in data or (trained.name.startswith(name) and not own):
                return list(beginnings)
        return ["The ", "I "]
    return list(_OPINIONS)
