"""The ids that mean the same in every vocabulary."""

# Behind the end of a text, and what a vocabulary does not know. The first
# entry of a vocabulary that has unknown ones comes next.
PADDING, UNKNOWN, FIRST_KNOWN = 0, 1, 2
# What stands for a character that cannot be told.
REPLACEMENT = "\ufffd"
# What a translation begins from and what ends it, where a vocabulary has them.
START, END = 2, 3
