"""Every cell as a character model: equal parameters, equal time.

    python bench/char_lm_cells.py [--data-dir DIR] [--seconds 150]
        [--json FILE] [--quick]

Tiny Shakespeare, nanoGPT's split. The number of units is chosen so that every
network has as many parameters as one LSTM layer of 256; linear cells, whose
states do not talk to each other within a layer, have three layers. Two short
runs say how many windows of text each one can read in the given time, with
compiling and validation, and so many it is trained on, with one schedule for
all. Then the nats per character over the whole validation text.
"""

import csv
import dataclasses
import tempfile
from pathlib import Path

import measured

REFERENCE, UNITS = "lstm", 256
EPOCHS = 5
# Windows in an epoch of the two runs that measure the speed.
FEW, MANY = 20, 80


def units_for(cell: str, layers: int, parameters: int, config) -> int:
    """Units that make a network of about so many parameters."""
    from recipes import char_lm
    from zoo import models

    def count(units):
        changed = dataclasses.replace(
            config, cell=cell, units=units, layers=layers
        )
        return models.build(*char_lm.model(changed, 67)).count_params()

    low, high = 8, 2048
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (middle, high) if count(middle) <= parameters else (low, middle)
        )
    nearest = 8 * round(low / 8)
    return nearest


def train(config, data_dir, folder: Path, prepared: Path) -> tuple[dict, list]:
    """Metrics and history of one run."""
    from recipes import char_lm

    metrics = char_lm.train(
        config, folder, data_dir, progress=False, prepared_dir=prepared
    )
    with open(folder / "history.csv") as file:
        return metrics, list(csv.DictReader(file))


def main() -> None:
    parser = measured.parser(__doc__)
    parser.add_argument("--data-dir", type=Path, metavar="DIR")
    parser.add_argument("--seconds", type=float, default=150)
    values = parser.parse_args()
    measured.quiet()
    from recipes import char_lm
    from zoo import cells, models

    chosen, seconds = cells.names(), values.seconds
    if values.quick:
        chosen, seconds = [REFERENCE, "mingru"], 10
    base = char_lm.Config(
        data="tiny_shakespeare",
        units=UNITS,
        dropout=0.2,
        recurrent_dropout=0.0,
        epochs=2,
    )
    builder, arguments = char_lm.model(base, 67)
    parameters = models.build(builder, arguments).count_params()
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for cell in chosen:
            layers = 3 if cells.registration(cell).has_terms else 1
            config = dataclasses.replace(
                base,
                cell=cell,
                layers=layers,
                units=units_for(cell, layers, parameters, base),
            )
            prepared = folder / "text"
            took = {}
            for windows in (FEW, MANY):
                short = dataclasses.replace(config, epoch_windows=windows)
                run = folder / f"{cell}_{windows}"
                _, rows = train(short, values.data_dir, run, prepared)
                took[windows] = [float(row["seconds"]) for row in rows]
            each = (took[MANY][1] - took[FEW][1]) / (MANY - FEW)
            validation = took[FEW][1] - FEW * each
            compiling = took[MANY][0] - took[MANY][1]
            spare = seconds - compiling - EPOCHS * validation
            windows = int(spare / each)
            config = dataclasses.replace(
                config, epochs=EPOCHS, epoch_windows=max(1, windows // EPOCHS)
            )
            metrics, _ = train(config, values.data_dir, folder / cell, prepared)
            found[cell] = (config, metrics)
            print(cell, metrics, flush=True)
    order = sorted(
        found, key=lambda cell: found[cell][1]["validation_nats_per_character"]
    )
    lines = [
        ["cell", "layers", "units", "parameters", "training, s", "tokens/s"]
        + ["passes over the text", "nats/character"]
    ]
    rows = []
    for cell in order:
        config, metrics = found[cell]
        read = config.epochs * config.epoch_windows * config.batch_size
        passes = read * config.window / metrics["splits"]["train"]
        nats = metrics["validation_nats_per_character"]
        lines.append(
            [
                cell,
                str(config.layers),
                str(config.units),
                f"{metrics['parameters']:,}",
                f"{metrics['train_seconds']:.0f}",
                f"{metrics['tokens_per_second']:,}",
                f"{passes:.1f}",
                f"{nats:.3f}",
            ]
        )
        reference = found[REFERENCE][1]["validation_nats_per_character"]
        rows.append(
            {
                "what": f"char_lm {cell}, equal parameters and time",
                "ours": nats,
                "reference": reference,
                "reference_name": REFERENCE,
                "unit": "nats per character",
                "ratio": round(reference / nats, 4),
            }
        )
    measured.show(lines)
    if values.json:
        measured.write(values.json, rows=rows, table=lines)


if __name__ == "__main__":
    main()
