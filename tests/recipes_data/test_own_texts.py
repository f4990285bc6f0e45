"""A user's own labelled texts: names of classes, and what is refused."""

import pytest

from recipes.datasets import own_texts
from zoo.errors import InputError


def written(folder, content, name="a.csv"):
    path = folder / name
    path.write_text(content)
    return path


def test_labels_and_what_is_said_of_them(tmp_path):
    lines = ["neg", "neg ", " neg", "pos", "pos"]
    content = "text,label\n" + "".join(f"a,{one}\n" for one in lines)
    found = own_texts.load(written(tmp_path, content))
    assert found.labels == ["neg"] * 3 + ["pos"] * 2
    assert found.classes == ["neg", "pos"]
    assert found.notes == ["'neg' and 'neg ' and ' neg' are one class, 'neg'"]
    many = "".join(f"a,{n}\nb,{n} \n" for n in range(9))
    notes = own_texts.load(written(tmp_path, f"text,label\n{many}")).notes
    assert len(notes) == 6 and notes[-1] == "and 4 more such classes"


def test_numbers_are_classes(tmp_path):
    content = '{"r": "a", "stars": 1}\n{"r": "b", "stars": 5.0}\n'
    content += '{"r": "c", "stars": "1.0"}\n{"r": "d", "stars": 2.5}\n'
    content += '{"r": "e", "stars": false}\n{"r": "f", "stars": -1.00}\n'
    path = written(tmp_path, content, "a.jsonl")
    found = own_texts.load(path, "r", "stars")
    assert found.labels == ["1", "5", "1", "2.5", "False", "-1"]
    assert found.notes == ["'1' and '1.0' are one class, '1'"]


def test_groups(tmp_path):
    path = written(tmp_path, "text,label,who\na,1,x\nb,2,y\n")
    assert own_texts.load(path, group_column="who").groups == ["x", "y"]
    assert own_texts.load(path).groups == []


@pytest.mark.parametrize(
    "content, message",
    [
        ("text,label\n", "two classes. Received: no rows at all"),
        ("", "no rows at all"),
        ("text,label\na,b\nc,b\n", "two classes. Received: b"),
        (f"text,label\na,1\nb,{'x' * 1_001}\n", "line 3: a class has at most"),
        (
            "text,label\n" + "".join(f"a,{n}\n" for n in range(8_193)),
            "8,193 classes; 8,192 are the most.*--label-column",
        ),
        (
            "text,label\n" + "".join(f"a,{n}{'x' * 990}\n" for n in range(600)),
            "600 classes; .* bytes of names",
        ),
    ],
)
def test_classes_that_no_model_can_have(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        own_texts.load(written(tmp_path, content))


def test_a_test_may_have_one_class(tmp_path):
    path = written(tmp_path, "text,label\na,b\n")
    assert own_texts.load(path, fewest_classes=1).classes == ["b"]
    path = written(tmp_path, "text,label\n")
    with pytest.raises(InputError, match="a.csv holds no rows at all"):
        own_texts.load(path, fewest_classes=1)


def test_a_label_that_is_too_long_can_be_left_out(tmp_path):
    content = f"text,label\na,1\nb,{'x' * 1_001}\nc,2\n"
    found = own_texts.load(written(tmp_path, content), skip_bad_rows=True)
    assert found.texts == ["a", "c"]
    assert found.notes[0] == "1 rows were left out:"
    assert "line 3: a class has at most 1,000" in found.notes[1]


def test_what_is_known_of_a_file(tmp_path):
    path = written(tmp_path, "text,label\na,1\n")
    about = own_texts.about(str(path), hashed=True)
    assert about["name"] == "a.csv" and len(about["sha256"]) == 64
    path.unlink()
    known = own_texts.about(str(path), hashed=True)
    assert known == own_texts.about(str(path))
    assert known == {"name": "a.csv", "licence": "your own"}


def test_texts_alone(tmp_path):
    path = written(tmp_path, "one\ntwo\n", "a.txt")
    assert own_texts.texts(path) == ["one", "two"]
    with pytest.raises(InputError, match="no text at all"):
        own_texts.texts(written(tmp_path, "\n", "b.txt"))
