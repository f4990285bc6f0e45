"""From texts to ids."""

from zoo.text.words import WordTokenizer

__all__ = ["WordTokenizer"]
