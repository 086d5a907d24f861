"""The landing folder: which files are read, in which order, and which are refused."""

import gzip

import duckdb
import fsspec
import pytest
from dbt_common.exceptions import DbtRuntimeError

from ai_spend import landing


@pytest.fixture
def scan(tmp_path):
    """Scan the folder; returns (files by name, rows of landing_lines for a dataset)."""

    def run(dataset="v/d", cache=None):
        connection = duckdb.connect()
        files = landing.scan(tmp_path.as_posix(), connection, cache)
        landing.keep_sources(connection, files)
        landing.offer_sources(connection)
        lines = connection.execute(
            "select source_file, source_line, line from landing_lines(?)", [dataset]
        ).fetchall()
        return {f.source_file: f for f in files}, sorted(lines)

    return run


def put(root, name, content):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_lines_carry_their_number_in_their_own_file(scan, tmp_path):
    put(tmp_path, "v/d/a.jsonl", "a1\n\na3\n")
    put(tmp_path, "v/d/b.jsonl.gz", gzip.compress(b"b1\nb2"))
    put(tmp_path, "v/d/c.csv", b'\xef\xbb\xbfhead,er\r\n1,"2"\r\n')
    _, lines = scan()
    assert lines == [
        ("v/d/a.jsonl", 1, "a1"),
        ("v/d/a.jsonl", 3, "a3"),
        ("v/d/b.jsonl.gz", 1, "b1"),
        ("v/d/b.jsonl.gz", 2, "b2"),
        ("v/d/c.csv", 1, "head,er"),
        ("v/d/c.csv", 2, '1,"2"'),
    ]


def test_a_dataset_without_files_has_no_lines(scan, tmp_path):
    put(tmp_path, "v/d/a.jsonl", "a1\n")
    _, lines = scan("v/absent")
    assert lines == []


def test_identical_bytes_are_read_once(scan, tmp_path):
    put(tmp_path, "v/d/zz.jsonl", "x\n")
    put(tmp_path, "v/d/a_2026-06-01.jsonl", "x\n")
    files, lines = scan()
    assert lines == [("v/d/a_2026-06-01.jsonl", 1, "x")]
    assert files["v/d/zz.jsonl"].problem == "same content as v/d/a_2026-06-01.jsonl"


def test_identical_bytes_of_two_dates_or_accounts_are_two_deliveries(scan, tmp_path):
    put(tmp_path, "v/d/a_2026-06-01.jsonl", "x\n")
    put(tmp_path, "v/d/a_2026-07-01.jsonl", "x\n")
    put(tmp_path, "v/d/org-b/a_2026-06-01.jsonl", "x\n")
    _, lines = scan()
    assert len(lines) == 3


def test_identical_pages_about_two_days_are_two_even_if_saved_on_one(scan, tmp_path):
    put(tmp_path, "v/d/users_2026-06-06__exported_2026-07-01.json", "x\n")
    put(tmp_path, "v/d/users_2026-06-07__exported_2026-07-01.json", "x\n")
    put(tmp_path, "v/d/again_2026-06-07__exported_2026-07-01.json", "x\n")
    _, lines = scan()
    assert len(lines) == 2


def test_the_last_date_in_the_name_orders_deliveries(scan, tmp_path):
    put(tmp_path, "v/d/zz.jsonl", "1\n")
    put(tmp_path, "v/d/b_2026-06-30__exported_2026-07-02.jsonl", "2\n")
    put(tmp_path, "v/d/a_2026-06-30__exported_20260801.jsonl", "3\n")
    files, _ = scan()
    ranks = sorted(files.values(), key=lambda f: f.delivery_rank)
    assert [f.source_file for f in ranks] == [
        "v/d/zz.jsonl",
        "v/d/b_2026-06-30__exported_2026-07-02.jsonl",
        "v/d/a_2026-06-30__exported_20260801.jsonl",
    ]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("v/d/cut.jsonl.gz", gzip.compress(b"x\n" * 9999)[:-9], "truncated or damaged gzip"),
        ("v/d/no.jsonl.gz", b"not gzip at all", "truncated or damaged gzip"),
        ("v/d/latin.jsonl", b"ok\nJ\xfcrgen\n", "not UTF-8 text (line 2)"),
        ("stray.jsonl", b"x\n", "not in a <vendor>/<dataset>/ folder"),
    ],
    # Names, because the test workers must agree on them and a gzip header holds the time.
    ids=["cut gzip", "not gzip", "not UTF-8", "stray file"],
)
def test_an_unreadable_file_is_refused_alone(scan, tmp_path, name, content, problem):
    put(tmp_path, "v/d/good.jsonl", "x\n")
    put(tmp_path, name, content)
    files, lines = scan()
    assert files[name].status == "refused"
    assert files[name].problem.startswith(problem)
    assert lines == [("v/d/good.jsonl", 1, "x")]


def parquet(root, name, query):
    path = put(root, name, "")
    duckdb.execute(f"copy ({query}) to '{path}' (format parquet)")


def test_a_parquet_file_is_a_header_and_a_line_per_row(scan, tmp_path):
    put(tmp_path, "v/d/text.csv", "a,b\n1,2\n")
    parquet(tmp_path, "v/d/one.parquet", "select 'x' as \"Cost\", 1 as n from range(2)")
    parquet(tmp_path, "v/d/two.parquet", "select 3.10::decimal(38, 18) as n")
    parquet(tmp_path, "v/d/zz.parquet", "select {'nested': true} as n")
    parquet(tmp_path, "v/other/three.parquet", "select 'elsewhere' as a")
    files, lines = scan()
    assert files["v/d/one.parquet"].line_count == 3
    found = [(name, line, text.split(',"file_row_number"')[0]) for name, line, text in lines]
    assert found == [
        ("v/d/one.parquet", 1, '"Cost","n"'),
        ("v/d/one.parquet", 2, '{"Cost":"x","n":1'),
        ("v/d/one.parquet", 3, '{"Cost":"x","n":1'),
        ("v/d/text.csv", 1, "a,b"),
        ("v/d/text.csv", 2, "1,2"),
        ("v/d/two.parquet", 1, '"n"'),
        ("v/d/two.parquet", 2, '{"n":3.100000000000000000'),
        ("v/d/zz.parquet", 1, '"n"'),
        ("v/d/zz.parquet", 2, '{"n":{"nested":true}'),
    ]
    assert scan("v/absent")[1] == []


def test_a_damaged_parquet_file_is_refused_alone(scan, tmp_path):
    parquet(tmp_path, "v/d/good.parquet", "select 1 as n")
    whole = (tmp_path / "v/d/good.parquet").read_bytes()
    put(tmp_path, "v/d/cut.parquet", whole[: len(whole) // 2])
    files, lines = scan()
    assert files["v/d/cut.parquet"].status == "refused"
    assert files["v/d/cut.parquet"].problem.startswith("cannot be read as Parquet")
    assert [line for _, line, _ in lines] == [1, 2]


def test_notes_manifests_and_hidden_files_are_no_data(scan, tmp_path):
    put(tmp_path, "v/d/good.jsonl", "x\n")
    put(tmp_path, "README.md", "x\n")
    put(tmp_path, "v/d/.DS_Store", "x\n")
    put(tmp_path, "v/d/_SUCCESS", "")
    put(tmp_path, "v/d/metadata/export-Manifest.json", "{}")
    files, _ = scan()
    assert list(files) == ["v/d/good.jsonl"]


def test_a_changed_file_is_checked_again(scan, tmp_path):
    cache = tmp_path / ".cache" / "landing.json"
    path = put(tmp_path, "v/d/a.jsonl", "1\n")
    assert scan(cache=cache)[0]["v/d/a.jsonl"].line_count == 1
    path.write_text("1\n2\n3\n")
    assert scan(cache=cache)[0]["v/d/a.jsonl"].line_count == 3


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(DbtRuntimeError, match=f"No raw exports found in '{tmp_path}'"):
        landing.scan(tmp_path.as_posix(), duckdb.connect())


def test_an_object_store_is_read_like_a_folder():
    """Checked with fsspec's in-memory store: listing, reading and refusing go by URL."""
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/raw/v/d/a_2026-06-01.jsonl", b"1\n2\n")
    store.pipe("/bucket/raw/v/d/org-a/b.jsonl.gz", gzip.compress(b"3\n"))
    store.pipe("/bucket/raw/v/d/cut.jsonl.gz", gzip.compress(b"x\n" * 9999)[:-9])
    connection = duckdb.connect()
    connection.register_filesystem(store)

    files = landing.scan("memory://bucket/raw", connection)
    landing.keep_sources(connection, files)
    landing.offer_sources(connection)

    assert {f.source_file: (f.status, f.account_folder) for f in files} == {
        "v/d/a_2026-06-01.jsonl": ("read", None),
        "v/d/org-a/b.jsonl.gz": ("read", "org-a"),
        "v/d/cut.jsonl.gz": ("refused", None),
    }
    lines = connection.execute(
        "select source_file, source_line, line from landing_lines('v/d') order by all"
    ).fetchall()
    assert lines == [
        ("v/d/a_2026-06-01.jsonl", 1, "1"),
        ("v/d/a_2026-06-01.jsonl", 2, "2"),
        ("v/d/org-a/b.jsonl.gz", 1, "3"),
    ]
