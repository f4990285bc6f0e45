"""Makes recipes/datasets/zoo_sources.txt.gz: a text for `zoo train char_lm`.

    python bench/make_zoo_sources.py

It is the source of the library as it was at one commit, file after file in the
order of their paths, each behind a line with its path. The text must not change
with the library, so it is kept; another commit makes another version of it
(`recipes.datasets.long_texts.DATA`).
"""

import gzip
import subprocess
from pathlib import Path

COMMIT = "5d5b7c95f0e1a92054f07bb39d3b5aaa1b37bc73"
FOLDER = "zoo"
FILE = Path("recipes", "datasets", "zoo_sources.txt.gz")


def main() -> None:
    names = _git("ls-tree", "-r", "--name-only", COMMIT, f"{FOLDER}/")
    parts = [
        f"# {name}\n{_git('show', f'{COMMIT}:{name}').strip()}\n"
        for name in sorted(names.splitlines())
        if name.endswith(".py")
    ]
    text = "\n".join(parts).encode("utf-8")
    # Without the time, so that the same text is the same file.
    FILE.write_bytes(gzip.compress(text, mtime=0))
    print(f"{len(parts)} files, {len(text):,} bytes")


def _git(*words):
    done = subprocess.run(["git", *words], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode("utf-8")


if __name__ == "__main__":
    main()
