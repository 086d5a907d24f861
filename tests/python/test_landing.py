"""The landing folder: which files are read, in which order, and which are refused."""

import gzip
import json
import os

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
    put(tmp_path, "v/d/account=org-b/a_2026-06-01.jsonl", "x\n")
    put(tmp_path, "v/d/account=org-c/a_2026-06-01.jsonl", "x\n")
    _, lines = scan()
    assert sorted({name for name, _, _ in lines}) == [
        "v/d/a_2026-07-01.jsonl",
        "v/d/account=org-b/a_2026-06-01.jsonl",
        "v/d/account=org-c/a_2026-06-01.jsonl",
    ]


def test_a_folder_is_only_a_place_identical_bytes_in_two_are_one(scan, tmp_path):
    put(tmp_path, "v/d/april/a.jsonl", "x\n")
    put(tmp_path, "v/d/2026 Q2/copy/a.jsonl", "x\n")
    files, lines = scan()
    assert len(lines) == 1
    assert {f.account_folder for f in files.values()} == {None}
    assert {f.folder for f in files.values()} == {"april", "2026 Q2/copy"}


def test_a_place_is_the_folder_without_what_changes_from_delivery_to_delivery(scan, tmp_path):
    for folder in ("exp/data/BILLING_PERIOD=2026-07/2026-07-10T02:00:00.000Z-aaaa",
                   "org-b/2026-04-08", "2026-04", "20260601-20260630/123420269945",
                   "e/1a2b3c4d-5e6f-7089-9abc-def012345678", "account=x/eu"):  # fmt: skip
        put(tmp_path, f"v/d/{folder}/a.csv", folder)
    assert sorted((f.place or "") for f in scan()[0].values()) == [
        "", "", "e", "eu", "exp/data", "org-b",
    ]  # fmt: skip


def test_the_same_bytes_in_two_runs_are_two_deliveries(scan, tmp_path):
    put(tmp_path, "v/d/2026-06-01/a.jsonl", "x\n")
    put(tmp_path, "v/d/2026-06-08/a.jsonl", "x\n")
    assert len(scan()[1]) == 2


def test_an_account_is_named_by_the_register_or_by_its_folder(scan, tmp_path, monkeypatch):
    register = tmp_path / ".register.csv"
    register.write_text(
        "path_prefix,account_id\nv/d/april,org-a\nv/d/april/b.jsonl,org-b\nv/d/account=x/,org-x\n"
    )
    monkeypatch.setattr(landing, "ACCOUNT_REGISTER", register)
    for number, name in enumerate([
        "april/a.jsonl", "april/b.jsonl", "april-2/c.jsonl", "account=x/d.jsonl",
        "account=Org Y/e.jsonl", "eu/account=z/2026-06-01/f.jsonl", "account=/g.jsonl",
    ]):  # fmt: skip
        put(tmp_path, f"v/d/{name}", f"{number}\n")
    files, _ = scan()
    assert {f.source_file.removeprefix("v/d/"): f.account_folder for f in files.values()} == {
        "april/a.jsonl": "org-a",
        "april/b.jsonl": "org-b",  # the longest path counts
        "april-2/c.jsonl": None,  # whole parts of the path only
        "account=x/d.jsonl": "org-x",  # the register goes before the folder
        "account=Org Y/e.jsonl": "Org Y",
        "eu/account=z/2026-06-01/f.jsonl": "z",
        "account=/g.jsonl": None,
    }


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


# What a path says of when its file was delivered: the day or moment, the delivery, and from where.
NAME, FOLDER, GUESS = "file name", "folder", "modification time"
RUN, OTHER_RUN = "2026-07-10T02:00:00.000Z-aaaa", "20260710T0200Z"


@pytest.mark.parametrize(
    ("path", "at", "delivery", "known_by"),
    [
        # The date of the delivery goes before the days that the file is about.
        ("a_2026-06-30__exported_2026-07-02.csv", "2026-07-02", "2026-07-02", NAME),
        ("a__exported_2026-07-02_to_2026-07-09.csv", "2026-07-02", "2026-07-02", NAME),
        ("pulled-20260702_2026-07-31.json", "2026-07-02", "2026-07-02", NAME),
        ("seats__2026-07-31.json", "2026-07-31", "2026-07-31", NAME),
        ("cost_2026-06-01_2026-06-30.csv", "2026-06-30", "2026-06-30", NAME),
        ("rollout-2026-06-30T10-00-00-1a2b.jsonl", "2026-06-30", "2026-06-30", NAME),
        # The border of a word, and the calendar's.
        ("export_123420260615.csv", None, ".", GUESS),
        ("focus_123420269945.csv", None, ".", GUESS),
        ("a_202606151.csv", None, ".", GUESS),
        ("a_2026-06-151.csv", None, ".", GUESS),
        ("a_12026-06-15.csv", None, ".", GUESS),
        ("a20260615b.csv", "2026-06-15", "2026-06-15", NAME),
        ("a_2026-02-29.csv", None, ".", GUESS),
        ("a_2028-02-29.csv", "2028-02-29", "2028-02-29", NAME),
        ("a_2026-00-10_2026-13-01_2026-06-31.csv", None, ".", GUESS),
        ("a_2026-06-15_2026-06-31.csv", "2026-06-15", "2026-06-15", NAME),
        ("a_2014-12-31.csv", None, ".", GUESS),
        ("a_2015-01-01.csv", "2015-01-01", "2015-01-01", NAME),
        ("a_2026-06.csv", None, ".", GUESS),
        ("20260615-1a2b-4c3d-8e9f-012345678901.csv", None, ".", GUESS),
        ("a_99999999.csv", None, ".", GUESS),
        # A dated folder, unless the name states a later day: a delivery holds no days to come.
        ("costs/2026-04-08/x.json", "2026-04-08", "2026-04-08", FOLDER),
        ("2026-04-08/usage_2026-04-01.json", "2026-04-08", "2026-04-08", FOLDER),
        ("2026-04-01/usage_2026-05-02.json", "2026-05-02", "2026-05-02", NAME),
        ("2026-04-08/a__exported_2026-04-02.json", "2026-04-02", "2026-04-02", NAME),
        ("dt=2026-04-08/x.json", "2026-04-08", "2026-04-08", FOLDER),
        ("2026-04-08/2026-04-15/x.json", "2026-04-15", "2026-04-15", FOLDER),
        ("20260615/123420269945/x.json", "2026-06-15", "2026-06-15", FOLDER),
        # The folder of a run: two runs of one day are two deliveries.
        (f"d/BILLING_PERIOD=2026-07/{RUN}/e-1.csv", "2026-07-10T02:00:00", RUN, FOLDER),
        (f"{OTHER_RUN}/part-1.csv", "2026-07-10T02:00:00", OTHER_RUN, FOLDER),
        (f"{RUN}/bill_2026-07-01.csv", "2026-07-10T02:00:00", RUN, FOLDER),
        (f"{RUN}/bill__exported_2026-07-11.csv", "2026-07-11", "2026-07-11", NAME),
        # A folder of two dates is a period, and a month is no day.
        ("20260601-20260630/1a2b/x.csv", None, "20260601-20260630/1a2b", GUESS),
        ("2026-06-01_2026-06-30/x.csv", None, "2026-06-01_2026-06-30", GUESS),
        ("2026-04/x.csv", None, "2026-04", GUESS),
        ("x.csv", None, ".", GUESS),
    ],
)
def test_what_a_path_says_of_its_delivery(scan, tmp_path, path, at, delivery, known_by):
    put(tmp_path, f"v/d/{path}", "x\n")
    file = scan()[0][f"v/d/{path}"]
    assert (file.delivered_at, file.delivery, file.order_known_by) == (at, delivery, known_by)
    assert file.delivered_on == (at and at[:10])


@pytest.mark.parametrize(
    ("path", "period"),
    [
        ("a_2026-06-01_2026-06-30__exported_2026-07-02.csv", ("2026-06-01", "2026-07-01")),
        ("a_2026-06-15_2026-07-15.csv", ("2026-06-15", "2026-07-16")),
        ("a_20260101-20260201.csv", ("2026-01-01", "2026-02-01")),  # AWS: the end is exclusive
        ("users_2026-06-06__exported_2026-07-01.json", ("2026-06-06", "2026-06-07")),
        ("a_2026-12__exported_2026-07-02.csv", ("2026-12-01", "2027-01-01")),
        ("BILLING_PERIOD=2026-02/a-1.csv", ("2026-02-01", "2026-03-01")),
        ("20260601-20260630/1a2b/a.csv", ("2026-06-01", "2026-07-01")),
        ("a_2026-06-30.csv", (None, None)),  # the date of the delivery
        ("a_2026-13__x.csv", (None, None)),
        ("a_2026-06-30_2026-06-01.csv", (None, None)),
        ("a.csv", (None, None)),
    ],
)
def test_the_days_that_a_path_names(scan, tmp_path, path, period):
    put(tmp_path, f"v/d/{path}", "x\n")
    file = scan()[0][f"v/d/{path}"]
    assert (file.period_from, file.period_to) == period


def age(path, moment):
    os.utime(path, (moment, moment))


def test_deliveries_are_ordered_by_what_states_their_time(scan, tmp_path):
    """Undated ones are the oldest, by their newest file; files of one delivery stay together."""
    for place, (name, moment) in enumerate([
        ("new/2.csv", 500), ("old/1.csv", 100), ("new/1.csv", 200), ("old/2.csv", 300),
        ("2026-07-10T02:00Z/a.csv", 100), ("2026-07-10T14:00Z/a.csv", 50),
        ("z_2026-07-10.csv", 900), ("a_2026-07-11.csv", 10), ("b_2026-07-09.csv", 999),
    ]):  # fmt: skip
        age(put(tmp_path, f"v/d/{name}", f"{place}\n"), moment)
    ranks = sorted(scan()[0].values(), key=lambda f: f.delivery_rank)
    assert [f.source_file.removeprefix("v/d/") for f in ranks] == [
        "old/1.csv",
        "old/2.csv",
        "new/1.csv",
        "new/2.csv",
        "b_2026-07-09.csv",
        "z_2026-07-10.csv",
        "2026-07-10T02:00Z/a.csv",
        "2026-07-10T14:00Z/a.csv",
        "a_2026-07-11.csv",
    ]


def azure_manifest(run, submitted, *blobs):
    return json.dumps({
        "blobs": [{"blobName": name, "dataRowCount": rows} for name, rows in blobs],
        "runInfo": {
            "runId": run, "submittedTime": submitted,
            "startDate": "2026-06-01T00:00:00", "endDate": "2026-06-30T00:00:00Z",
        },
    })  # fmt: skip


def test_azure_runs_are_ordered_by_their_manifests(scan, tmp_path):
    """The older run was downloaded last; seven decimals of a second are Azure's."""
    for run, submitted, moment in [("r1", "2026-07-02T07:02:45.9876543Z", 100),
                                   ("r2", "2026-07-01T07:00:12.1234567Z", 900)]:  # fmt: skip
        blob = f"e/20260601-20260630/{run}/part_0_0001.csv.gz"
        age(put(tmp_path, f"v/d/{blob}", gzip.compress(f"h\n{run}\n".encode())), moment)
        manifest = azure_manifest(run, submitted, (blob, 1))
        put(tmp_path, f"v/d/e/20260601-20260630/{run}/manifest.json", manifest)
    files, lines = scan()
    older, newer = (files[f"v/d/e/20260601-20260630/{r}/part_0_0001.csv.gz"] for r in ("r2", "r1"))
    assert older.delivery_rank < newer.delivery_rank
    assert newer.delivery == "2026-07-02T07:02:45.987654 r1"
    assert newer.delivered_on == "2026-07-02"
    assert (newer.period_from, newer.period_to) == ("2026-06-01", "2026-07-01")
    assert newer.period_known_by == "stated period"
    assert (newer.order_known_by, older.order_known_by) == ("manifest", "manifest")
    assert len(lines) == 4
    manifests = [f for f in files.values() if f.status == "manifest"]
    assert [f.problem for f in manifests] == [None, None]


def test_a_manifest_says_what_is_missing(scan, tmp_path):
    put(tmp_path, "v/d/r/part_0.csv", "h\n1\n")
    put(tmp_path, "v/d/other/part_1.csv", "h\n2\n")
    blobs = [("x/r/part_0.csv.gz", 3), ("x/r/part_1.csv.gz", 3)]
    put(tmp_path, "v/d/r/manifest.json", azure_manifest("r", "2026-07-01T00:00:00Z", *blobs))
    files, _ = scan()
    assert files["v/d/r/manifest.json"].problem == (
        "1 of 2 files are missing, such as x/r/part_1.csv.gz; v/d/r/part_0.csv holds 1 of 3 rows"
    )
    assert files["v/d/r/part_0.csv"].manifest == "v/d/r/manifest.json"
    assert not files["v/d/r/part_0.csv"].is_complete
    assert files["v/d/other/part_1.csv"].manifest is None


def test_beside_a_torn_part_an_export_is_incomplete(scan, tmp_path):
    torn = b"\x1f\x8b torn"
    put(tmp_path, "v/d/run/part_1.csv", "a\n1\n")
    put(tmp_path, "v/d/run/part_2.csv.gz", torn)
    put(tmp_path, "v/d/run/list.json", "{}")
    put(tmp_path, "v/d/whole/export.csv", "a\n2\n")
    put(tmp_path, "v/d/whole/export.csv.gz", torn)
    files, _ = scan()
    assert {name: file.is_complete for name, file in files.items() if file.status == "read"} == {
        "v/d/run/part_1.csv": False,
        "v/d/run/list.json": True,
        "v/d/whole/export.csv": True,
    }


def test_an_aws_manifest_lies_beside_the_data_folder(scan, tmp_path):
    period = "BILLING_PERIOD=2026-07"
    for run in ("2026-07-10T02:00:00.000Z-aaaa", "2026-08-03T02:00:00.000Z-bbbb"):
        names = [f"exp/data/{period}/{run}/exp-0000{n}.csv.gz" for n in (1, 2)]
        put(tmp_path, f"v/d/{names[0]}", gzip.compress(f"{run}\n".encode()))
        manifest = {"executionId": run, "dataFiles": [f"s3://bucket/pre/{n}" for n in names]}
        put(tmp_path, f"v/d/exp/metadata/{period}/{run}/exp-Manifest.json", json.dumps(manifest))
    files, _ = scan()
    data = sorted((f for f in files.values() if f.status == "read"), key=lambda f: f.delivery_rank)
    assert [f.delivered_on for f in data] == ["2026-07-10", "2026-08-03"]
    assert all(f"/{f.delivery}/" in f.source_file and f.manifest for f in data)
    assert [f.problem for f in files.values() if f.status == "manifest"] == [
        f"1 of 2 files are missing, such as pre/exp/data/{period}/{run}/exp-00002.csv.gz"
        for run in ("2026-07-10T02:00:00.000Z-aaaa", "2026-08-03T02:00:00.000Z-bbbb")
    ]


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"blobs": [1]}', '{"blobs": []}'])
def test_a_manifest_in_an_unknown_form_is_said_and_not_used(scan, tmp_path, content):
    put(tmp_path, "v/d/a.csv", "x\n")
    put(tmp_path, "v/d/manifest.json", content)
    files, lines = scan()
    assert len(lines) == 1
    assert files["v/d/manifest.json"].status == "manifest"
    assert files["v/d/manifest.json"].problem.startswith("a manifest in a form that is not known")


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


def test_notes_and_hidden_files_are_no_data(scan, tmp_path):
    put(tmp_path, "v/d/good.jsonl", "x\n")
    put(tmp_path, "README.md", "x\n")
    put(tmp_path, "v/d/.DS_Store", "x\n")
    put(tmp_path, "v/d/_SUCCESS", "")
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
    store.pipe("/bucket/raw/v/d/account=org-a/b.jsonl.gz", gzip.compress(b"3\n"))
    store.pipe("/bucket/raw/v/d/cut.jsonl.gz", gzip.compress(b"x\n" * 9999)[:-9])
    connection = duckdb.connect()
    connection.register_filesystem(store)

    files = landing.scan("memory://bucket/raw", connection)
    landing.keep_sources(connection, files)
    landing.offer_sources(connection)

    assert {f.source_file: (f.status, f.account_folder) for f in files} == {
        "v/d/a_2026-06-01.jsonl": ("read", None),
        "v/d/account=org-a/b.jsonl.gz": ("read", "org-a"),
        "v/d/cut.jsonl.gz": ("refused", None),
    }
    lines = connection.execute(
        "select source_file, source_line, line from landing_lines('v/d') order by all"
    ).fetchall()
    assert lines == [
        ("v/d/a_2026-06-01.jsonl", 1, "1"),
        ("v/d/a_2026-06-01.jsonl", 2, "2"),
        ("v/d/account=org-a/b.jsonl.gz", 1, "3"),
    ]
