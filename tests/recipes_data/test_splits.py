"""What is trained on and what is tested: every class, and no text twice."""

import numpy as np
import pytest

from recipes.data import splits
from zoo.errors import InputError

SHARES = {"test_share": 0.2, "validation_share": 0.25, "seed": 1}


def divided(texts, labels, **options):
    return splits.split(texts, labels, **{**SHARES, "test_seed": 2, **options})


def keys(texts, rows):
    return {splits.key(texts[row]) for row in rows}


def test_each_row_is_in_one_part_and_each_class_in_all():
    texts = [f"text {n}" for n in range(1_000)]
    labels = ["common"] * 900 + ["some"] * 90 + ["rare"] * 10
    parts = divided(texts, labels)
    rows = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(rows) == list(range(1_000)) and not parts.too_rare
    for part, share in ((parts.test, 0.2), (parts.validation, 0.2)):
        assert len(part) == pytest.approx(1_000 * share, abs=2)
        for name, count in (("common", 900), ("some", 90), ("rare", 10)):
            among = sum(labels[row] == name for row in part)
            assert among == pytest.approx(count * share, abs=1) and among
    again = divided(texts, labels)
    np.testing.assert_array_equal(again.test, parts.test)
    other = divided(texts, labels, seed=5)
    np.testing.assert_array_equal(other.test, parts.test)
    assert set(other.validation) != set(parts.validation)


def test_equal_texts_are_on_one_side():
    texts = [f"Text {n}" for n in range(100)] * 3
    texts += [f" text\t{n} " for n in range(100)] * 2
    labels = [str(n % 2) for n in range(500)]
    parts = divided(texts, labels)
    sides = [keys(texts, part) for part in vars(parts).values() if len(part)]
    assert len(sides) == 3 and sum(map(len, sides)) == 100
    assert len(parts.test) == pytest.approx(100, abs=5)


def test_groups_are_on_one_side_with_all_that_equals_them():
    texts = [f"text {n}" for n in range(60)]
    texts[59] = texts[0]
    names = [f"writer {n // 3}" for n in range(60)]
    parts = divided(texts, ["a", "b"] * 30, of_rows=names)
    sides = [
        {names[row] for row in part}
        for part in (parts.train, parts.validation, parts.test)
    ]
    assert sum(map(len, sides)) == 20
    # The first and the last writer share a text.
    assert any({"writer 0", "writer 19"} <= side for side in sides)


def test_a_class_that_is_too_rare_is_trained_on_and_said():
    texts = [f"text {n}" for n in range(50)] + ["x", "y", "z", "z", "z"]
    labels = ["a"] * 50 + ["pair"] * 2 + ["one text"] * 3
    parts = divided(texts, labels)
    assert parts.too_rare == ["one text", "pair"]
    assert {50, 51, 52, 53, 54} <= set(parts.train)
    # Of none there are three: some of all are taken.
    texts = [f"text {n}" for n in range(300)]
    parts = divided(texts, [f"class {n // 2}" for n in range(300)])
    assert (len(parts.test), len(parts.validation)) == (60, 60)
    assert len(parts.too_rare) == 150
    # Each class of those keeps one at least.
    assert len({row // 2 for row in parts.test}) == 60
    parts = divided(texts[:9], [str(n) for n in range(9)])
    assert len(parts.train) == 5 and len(parts.test) == 2
    with pytest.raises(InputError, match="Too few different texts .* test: 2"):
        divided(["a", "b", "a"], ["1", "1", "2"])
    with pytest.raises(InputError, match="for the validation: 2"):
        divided(["a", "b"], ["1", "2"], test_share=0.0)


def test_one_large_group_is_not_the_test():
    texts = [f"text {n}" for n in range(100)]
    names = ["large"] * 80 + [f"small {n}" for n in range(20)]
    for seed in range(5):
        parts = divided(texts, ["a"] * 100, of_rows=names, test_seed=seed)
        assert set(range(80)) <= set(parts.train)


def test_what_was_set_aside_stays_aside_when_rows_come_and_move():
    texts = [f"text {n}" for n in range(100)]
    labels = ["a", "b"] * 50
    parts = divided(texts, labels)
    kept = splits.kept(texts, parts)
    more = [f"new {n}" for n in range(40)] + texts[::-1]
    later = divided(more, ["a"] * 140, kept=kept)
    assert keys(more, later.test) == keys(texts, parts.test)
    assert keys(more, later.validation) == keys(texts, parts.validation)
    assert set(range(40)) <= set(later.train)


def test_the_file_that_keeps_it(tmp_path):
    path = tmp_path / "split.json"
    assert splits.read(path) is None
    path.write_text('{"test": ["0123"], "validation": []}')
    assert splits.read(path) == {"test": ["0123"], "validation": []}
    path.write_text('{"test": 3}')
    with pytest.raises(InputError, match="must hold a list `test`"):
        splits.read(path)


def test_forms_of_a_letter_are_one_text():
    texts = [f"caf\u00e9 {n}" for n in range(40)]
    texts += [f"CAFE\u0301  {n}" for n in range(40)] + [
        f"tea {n}" for n in range(40)
    ]
    labels = ["a"] * 80 + ["b"] * 40
    settings = {"test_share": 0.2, "validation_share": 0.2}
    settings |= {"seed": 1, "test_seed": 2}
    parts = splits.split(texts, labels, **settings)
    sides = [
        {splits.key(texts[row]) for row in rows}
        for rows in (parts.train, parts.validation, parts.test)
    ]
    assert not sides[0] & sides[1] and not sides[1] & sides[2]
    assert not sides[0] & sides[2] and len(set.union(*sides)) == 80
    # A run from before kept hashes of the forms.
    kept = {"test": [splits._hash(texts[50])], "validation": []}
    again = splits.split(texts, labels, kept=kept, **settings)
    assert again.test.tolist() == [50]


def test_a_rare_class_does_not_pay_for_repeats_of_another():
    texts = [f"often {n % 5}" for n in range(390)] + [
        f"rare {n}" for n in range(8)
    ]
    labels = ["common"] * 390 + ["rare"] * 8
    group = splits.groups(texts)
    for seed in range(5):
        chosen, _ = splits.stratified(labels, group, 0.2, seed)
        assert 1 <= chosen[390:].sum() <= 3
