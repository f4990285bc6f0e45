"""What other forms of a language model are scored on: stretches of a text."""

import types

import numpy as np

from recipes.evaluation import held_out


def test_a_text_is_read_in_stretches():
    tokenizer = types.SimpleNamespace(size=5, unit="character")
    trained = types.SimpleNamespace(tokenizer=tokenizer)
    ids = np.random.default_rng(0).integers(1, 5, 1_205)
    read = []

    def logits(rows):
        read.extend(rows.tolist())
        # All but the next token are as good as ruled out.
        return 50.0 * np.eye(5, dtype="float32")[rows % 4 + 1]

    validation = held_out.of_text(trained, ids)
    nats = validation.measure(logits)
    # Whole stretches alone; what is left at the end is not read.
    assert [len(row) for row in read] == [500, 500]
    assert np.concatenate(read).tolist() == ids[:1_000].tolist()
    assert validation.examples == 1_000
    right = (ids[1:1_001] == ids[:1_000] % 4 + 1).mean()
    np.testing.assert_allclose(nats, 50 * (1 - right), rtol=1e-3)
