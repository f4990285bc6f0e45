"""Memory that `zoo train char_lm` takes for a text larger than memory.

    python bench/long_text.py [--gib 10] [--windows 2000]

Writes a text of that size (the default's, over and over) to a temporary
folder, trains a small model on some windows of it, and prints the largest
resident memory of that process: hashing, splitting, training and scoring.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--gib", type=float, default=10)
    parser.add_argument("--windows", type=int, default=2000)
    values = parser.parse_args()
    from recipes.datasets.long_texts import pieces

    text = b"".join(pieces("zoo_sources", "", None)())
    size = int(values.gib * 2**30)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        with open(path, "wb") as file:
            while file.tell() < size:
                file.write(text)
        # A fifth of a MiB to score, whatever the size of the text.
        share = min(0.1, 200_000 / size)
        flags = ["--train-file", path, "--run-dir", Path(folder) / "run"]
        flags += ["--validation-share", share, "--units", 64, "--epochs", 1]
        flags += ["--epoch-windows", values.windows]
        command = [sys.executable, "-m", "zoo", "train", "char_lm", *flags]
        subprocess.run(list(map(str, command)), check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # In KiB on Linux.
    print(f"text: {size / 2**20:,.0f} MiB; memory: {peak / 2**10:,.0f} MiB")


if __name__ == "__main__":
    main()
