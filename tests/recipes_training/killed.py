"""Trains in processes that kill themselves on the way, for test_survival.py.

    python killed.py CONFIG.json FOLDER PLACE ...

One process after the other trains in the folder, forked from this one, which
has imported all that they need; the signal that ended each is printed. PLACE is
`steps:N`, behind so many steps; `draft`, in the middle of the second write of a
state; `between`, behind it and before older ones are deleted; or `validation`,
in the second one.
"""

import itertools
import json
import os
import signal
import sys
from pathlib import Path

from recipes import imdb_sentiment
from recipes.training import checkpoint_store
from recipes.training.checkpoint_callback import CheckpointCallback


def train(config, folder, place):
    def kill():
        os.kill(os.getpid(), signal.SIGKILL)

    where, _, number = place.partition(":")
    counter = itertools.count(1)
    if where == "steps":
        end = CheckpointCallback.on_train_batch_end

        def on_train_batch_end(self, batch, logs=None):
            end(self, batch, logs)
            if next(counter) == int(number):
                kill()

        CheckpointCallback.on_train_batch_end = on_train_batch_end
    if where in ("draft", "between"):
        replacing = checkpoint_store.replacing

        class Killing:
            def __init__(self, path):
                self.inner = replacing(path)
                self.second = next(counter) == 2

            def __enter__(self):
                self.draft = self.inner.__enter__()
                return self

            def write_bytes(self, content):
                if self.second and where == "draft":
                    self.draft.write_bytes(content[: len(content) // 2])
                    kill()
                self.draft.write_bytes(content)

            def __exit__(self, *error):
                self.inner.__exit__(*error)
                if self.second:
                    kill()

        checkpoint_store.replacing = Killing
    if where == "validation":
        made = CheckpointCallback.on_epoch_end

        def on_epoch_end(self, epoch, logs=None):
            validate = self.validate

            def killing():
                if next(counter) == 2:
                    kill()
                return validate()

            self.validate = killing
            made(self, epoch, logs)
            self.validate = validate

        CheckpointCallback.on_epoch_end = on_epoch_end
    config = imdb_sentiment.Config(**json.loads(Path(config).read_text()))
    imdb_sentiment.train(config, Path(folder), progress=False)


def main(config, folder, *places):
    for place in places:
        process = os.fork()
        if not process:
            train(config, folder, place)
            os._exit(0)
        _, status = os.waitpid(process, 0)
        print(os.WTERMSIG(status), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
