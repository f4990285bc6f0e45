"""Files of rows: what is read, what is guessed and said, what is refused."""

import gzip

import pytest

from zoo.errors import InputError
from zoo.io import table_reader
from zoo.io.table_file import Table, ending

ROWS = [["good, very", "pos"], ["bad", "neg"]]
FILES = {
    "a.csv": b'text,label\n"good, very",pos\nbad,neg\n',
    "a.tsv": b"label\ttext\npos\tgood, very\nneg\tbad\n",
    "a.jsonl": b'{"text": "good, very", "label": "pos"}\n\n'
    b'{"text": "bad", "label": "neg"}\n',
    "a.ndjson": b'{"text": "good, very", "label": "pos", "n": 1}\r\n'
    b'{"label": "neg", "text": "bad"}',
    "a.json": b'[{"text": "good, very", "label": "pos"},'
    b'{"text": "bad", "label": "neg"}]',
}


def rows(path, columns=("text", "label"), **options):
    return [
        values
        for _, values in table_reader.rows(
            Table(path, list(columns), **options)
        )
    ]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_rows_of_each_kind_of_file(tmp_path, name, packed):
    content = FILES[name]
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(content) if packed else content)
    assert rows(path) == ROWS


def test_rows_of_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    table = {"Text": ["a", "b"], "label": [1.0, 2.0], "other": [[1], [2]]}
    parquet.write_table(pyarrow.table(table), path)
    table = Table(path, ["text", "label"])
    assert list(table_reader.rows(table)) == [
        (1, ["a", "1.0"]),
        (2, ["b", "2.0"]),
    ]
    assert table.notes == ["column 'Text' is read as 'text'"]
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="a.parquet: "):
        rows(path)


@pytest.mark.parametrize(
    "content, notes",
    [
        (b"text;label\na, b;1\n", ["';' is between its columns"]),
        (b"id|text|label\n7|a, b|1\n", ["'|' is between its columns"]),
        (b"text\tlabel\na, b\t1\n", ["'\\t' is between its columns"]),
        (b'"text",label\n"a, b",1\n', []),
        (b'"te\nxt",text,label\nx,"a, b",1\n', []),
        (b'\xef\xbb\xbftext,label\r\n"a, b",1\r\n', []),
        ('text,label\n"a, b",1\n'.encode("utf-16"), ["it is in UTF-16"]),
        (b' TEXT ,Label\n"a, b",1\n', None),
        (b'text,label,x,x\n"a, b",1,2,3\n', []),
    ],
)
def test_what_is_guessed_is_said(tmp_path, content, notes):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    table = Table(path, ["text", "label"])
    assert [values for _, values in table_reader.rows(table)] == [["a, b", "1"]]
    if notes is None:
        notes = [
            "column ' TEXT ' is read as 'text'",
            "column 'Label' is read as 'label'",
        ]
    assert table.notes == notes


def test_a_header_with_ends_of_lines_that_are_none(tmp_path):
    """Excel writes a vertical tab where a cell has several lines."""
    (tmp_path / "a.csv").write_text("text,no\x0bte\u2028,label\na,b,pos\n")
    assert rows(tmp_path / "a.csv") == [["a", "pos"]]


def test_flags_win_over_guesses(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"text;label,text\na;1,b\n")
    assert rows(path, ["text"], delimiter=",") == [["b"]]
    path.write_bytes("text,label\ncaf\u00e9,1\n".encode("latin-1"))
    assert rows(path, encoding="latin-1") == [["caf\u00e9", "1"]]
    with pytest.raises(InputError, match="--encoding latin-1"):
        rows(path)
    with pytest.raises(InputError, match="`encoding` 'nope' is none"):
        rows(path, encoding="nope")
    path.write_bytes(b"text\tlabel\na\t1\n")
    for delimiter in ("tab", "\\t", "\t"):
        assert rows(path, delimiter=delimiter) == [["a", "1"]]
    with pytest.raises(InputError, match="`delimiter` must be one character"):
        rows(path, delimiter=";;")


def test_between_tabs_a_quote_is_a_quote(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text('text\tlabel\n"a\t1\nb\t2\nc"\t1\n')
    assert rows(path) == [['"a', "1"], ["b", "2"], ['c"', "1"]]


def test_numbers_as_they_are_written(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text": "a", "label": 1, "big": ' + "9" * 5_000 + "}\n"
        '{"text": 2, "label": 0.50}\n'
        '{"text": "c", "label": true}\n'
    )
    assert rows(path) == [["a", "1"], ["2", "0.50"], ["c", "True"]]


def test_half_a_character_is_replaced_and_said(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a\\ud83d", "label": "p\\ude00\\ud83d"}\n')
    table = Table(path, ["text", "label"])
    assert [values for _, values in table_reader.rows(table)] == [
        ["a\ufffd", "p\ufffd\ufffd"]
    ]
    assert table.notes == [
        "column 'text' holds halves of characters",
        "column 'label' holds halves of characters",
    ]


def test_lines_of_a_plain_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("one\r\n\n  \ntwo\u2028more\x0bend".encode())
    assert rows(path, ["text"]) == [["one"], ["two\u2028more\x0bend"]]
    assert len(rows(path, ["text"], allow_empty=True)) == 4
    with pytest.raises(InputError, match="has texts alone"):
        rows(path)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a.doc", b"x", "must end in .csv, .tsv, .*Received"),
        ("a.csv.gz", b"text,label\n", "no whole gzip file"),
        ("a.csv", b"txt,label\na,b\n", "line 1: no column 'text'. It has"),
        ("a.csv", b"text,label,label\na,b,c\n", "'label' is there twice"),
        ("a.csv", b"Text,TEXT,label\na,b,c\n", "'Text' is there twice"),
        ("a.csv", b"text,label\n ,b\n", "line 2: column 'text' must be text"),
        ("a.csv", b"text,label\na,\n", "line 2: column 'label' must be"),
        ("a.csv", b"text,label\na\n", "line 2: 1 columns, where .* has 2"),
        ("a.csv", b"text,label\na,b,c\n", "line 2: 3 columns"),
        ("a.csv", b"text,label\na,b\ncaf\xe9,c\n", "line 3: not UTF-8"),
        ("a.csv", b'text,label\n"a,b\n', "unexpected end of data"),
        ("a.csv", b"\xff\xfet\x00e", "not UTF-16|no column"),
        ("a.jsonl", b"{\n", "line 1: "),
        ("a.jsonl", b"[1]\n", "line 1: not a JSON object"),
        ("a.jsonl", b'{"text": null, "label": 1}\n', "Received: 'None'"),
        ("a.jsonl", b'{"text": NaN, "label": 1}\n', "Received: 'None'"),
        ("a.jsonl", b'{"text": ["a"], "label": 1}\n', "must be text"),
        ("a.jsonl", b'{"text": "a"}\n', "no column 'label'"),
        ("a.jsonl", b'{"text": "a", "label": 1, "label": 2}', "there twice"),
        ("a.jsonl", b"[" * 100_000, "line 1: "),
        ("a.json", b'{"text": "a", "label": 1}', "must hold a list of"),
        ("a.json", b'[{"text": "a", "label": 1}, 2]', "line 2: not a JSON"),
        ("a.json", b"[", "a.json: "),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        rows(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="Cannot read .*No such file"):
        rows(tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(InputError, match="Cannot read .*directory"):
        rows(tmp_path / "b.csv")


def test_bad_rows_are_counted_and_shown(tmp_path):
    path = tmp_path / "a.csv"
    bad = "x\n,1\nx,1,2\n,3\n"
    path.write_text(f"text,label\na,1\n{bad}b,2\n")
    table = Table(path, ["text", "label"], skip_bad_rows=True)
    assert [values for _, values in table_reader.rows(table)] == [
        ["a", "1"],
        ["b", "2"],
    ]
    assert table.skipped == 4 and len(table.examples) == 3
    assert "line 3: 1 columns" in table.examples[0]
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\n{\n3\n{"text": ""}\n{"text": "b"}\n')
    table = Table(path, ["text"], skip_bad_rows=True)
    assert [values for _, values in table_reader.rows(table)] == [["a"], ["b"]]
    assert table.skipped == 3


def test_a_field_of_more_than_128_kib(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"text,label\n{'word ' * 100_000},1\n")
    assert len(rows(path)[0][0]) == 500_000


def test_the_ending_says_what_a_file_is(tmp_path):
    assert ending("a.CSV") == ".csv" and ending("b.TSV.GZ") == ".tsv"
    for name in ("a", "a.gz", "a.csv.zip"):
        with pytest.raises(InputError, match="must end in"):
            ending(name)
