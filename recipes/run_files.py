"""The files of a run folder: what was asked for, how far it came, the result.

config.json        recipe, its configuration, the model's builder and labels
tokenizer.json     the vocabulary
split.json         of one's own texts, hashes of those that were set aside
backup/            the newest states, until the run is done
text/              a long text as ids, likewise
history.csv        a row for each epoch
logs/              the same for TensorBoard
model.safetensors  the weights of the best epoch
model.keras        the same, for people who open it with Keras
metrics.json       scores, seconds, sizes: a run that has it is done
plots/             curves and what else the recipe draws
.lock              held while a process trains here

Of several workers the chief has this folder; the others fill one that they
throw away.
"""

CONFIG, TOKENIZER = "config.json", "tokenizer.json"
SPLIT = "split.json"
BACKUP, TEXT = "backup", "text"
HISTORY, LOGS, METRICS, PLOTS = "history.csv", "logs", "metrics.json", "plots"
LOCK = ".lock"
