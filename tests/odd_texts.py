"""Texts that are none, long, or of what no vocabulary knows."""

WORDS = "a the quiet moving film was not good , dull and bad ! it is great ?"


def odd_texts(count=50):
    """`count` texts; the first ones are the oddest."""
    texts = ["", " ", "\n\t\r", "\x00", "zzzz qqqq xxxx", "!?!?", "'", "' '"]
    texts += [
        "🎬",
        "👩‍👩‍👧‍👦 loved it 😀😀😀",
        "电影很好",
        "фильм хороший",
        "ALL CAPS!!!",
    ]
    texts += ["naïve e\u0301tude", "\ud800 half", "<br /><br/>", "a" * 5000]
    texts += ["good " * 2_000, "I didn't like it. " * 150, "\u202e\u0000bad"]
    words = WORDS.split()
    for place in range(len(texts), count):
        some = [words[(place * step) % len(words)] for step in range(place)]
        texts.append(" ".join(some))
    return texts[:count]
