"""Line breaks inside quotes (RFC 4180): every CSV reader shares csv_records, which joins the lines.

The macros are rendered as dbt renders them and held against Python's csv module.
"""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import duckdb
import jinja2
import pytest

LANDING = Path(__file__).resolve().parents[2] / "macros" / "landing"
FILES = ("csv_records", "layouts", "json_documents")
TEXTS = (
    "",
    "a",
    "VM D2s v5",
    "a, b",
    "two\nlines",
    'the "best"',
    "\n",
    'x\n"y",\nz',
    ' 5" disk',
    '",',
)


@pytest.fixture(scope="module")
def macros():
    text = "\n".join((LANDING / f"{name}.sql").read_text(encoding="utf-8") for name in FILES)
    return jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(text).module


def records(macros, *files: str) -> list[tuple]:
    """(file, line, fields, problem) of the records of files given as text."""
    with duckdb.connect() as engine:
        engine.execute("create table lines (source_file varchar, source_line bigint, line varchar)")
        rows = [
            (f"f{number}", place, line)
            for number, text in enumerate(files)
            for place, line in enumerate(text.split("\n"), start=1)
            if line
        ]
        engine.executemany("insert into lines values (?, ?, ?)", rows)
        return engine.execute(
            "select source_file, source_line, fields, problem"
            f" from ({macros.csv_records('lines')}) where not is_header order by all"
        ).fetchall()


def test_a_line_break_in_quotes_does_not_end_a_record(macros):
    text = (
        'id,text,cost\n1,"Reserved VM\ncapacity, prepaid",6.00\n2,VM D4s,4.00\n3,"a\n\n""b""\n",1\n'
    )
    assert records(macros, text) == [
        ("f0", 2, ["1", "Reserved VM capacity, prepaid", "6.00"], None),
        ("f0", 4, ["2", "VM D4s", "4.00"], None),
        ("f0", 5, ["3", 'a "b" ', "1"], None),
    ]


def test_a_header_and_crlf_may_break_too(macros):
    text = 'id,"te\r\nxt",cost\r\n1,"a\r\nb",2\r\n3,c,4\r\n'
    assert records(macros, text) == [
        ("f0", 3, ["1", "a b", "2"], None),
        ("f0", 5, ["3", "c", "4"], None),
    ]


def test_a_quote_that_is_never_closed_takes_no_other_record_with_it(macros):
    text = 'id,text,cost\n1,"5 inch,2\n2,b,3\n3,c,4\n'
    other = 'id,text,cost\n1,"a\nb",2\n'
    read = records(macros, text, other)
    assert read[0][:2] == ("f0", 2) and read[0][3] == "a quoted field does not end"
    assert [row[2] for row in read[1:]] == [["2", "b", "3"], ["3", "c", "4"], ["1", "a b", "2"]]


def test_a_record_that_fits_no_header_says_how_many_lines_it_has(macros):
    text = 'id,text,cost\n1,"a\nb",2,3\n2,c,3\n'
    read = records(macros, text)
    assert read[0][3] == "expected 3 fields, found 4 in 2 lines"
    assert read[1][2] == ["2", "c", "3"]


def test_lines_are_joined_as_python_reads_them(macros):
    rng = random.Random(4180)
    files, expected = [], []
    for number in range(60):
        width = rng.randint(2, 5)
        written = io.StringIO()
        writer = csv.writer(
            written,
            lineterminator=rng.choice(("\n", "\r\n")),
            quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
        )
        writer.writerow([f"column{place}" for place in range(width)])
        line = written.getvalue().count("\n") + 1
        for record in range(rng.randint(1, 20)):
            fields = [str(record), *rng.choices(TEXTS, k=width - 1)]
            writer.writerow(fields)
            # A line break is read as a blank.
            expected.append((f"f{number}", line, [f.replace("\n", " ") for f in fields]))
            line = written.getvalue().count("\n") + 1
        files.append(written.getvalue())
    read = records(macros, *files)
    assert [row for row in read if row[3]] == []
    assert [row[:3] for row in read] == sorted(expected)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("a;b;c", "separated by semicolons, not commas: export it with commas; "),
        ("a\tb\tc", "separated by tabs, not commas: export it with commas; "),
        ("a,b;c", ""),
        ("a", ""),
    ],
)
def test_other_separators_are_refused_in_words(macros, header, words):
    with duckdb.connect() as engine:
        assert engine.execute(
            f"select {macros.other_separator('names')} from (select ? as names)",
            [header.split(",")],
        ).fetchone() == (words,)
