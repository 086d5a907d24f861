"""What the project says of its FOCUS files is what they hold, in the words of their version.

The names and types per version below are facts of the FOCUS specification (CHANGELOG.md and
specification/metadata of FOCUS_Spec), written down here apart from the code under test.
"""

import hashlib
import json
import os
import re
import uuid
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ai_spend import cli, metadata
from ai_spend.conformance import PROJECT, ValidationResult
from ai_spend.export import FORMATS, ExportError, export

CONTRACTS = metadata.contracts()
VERSIONS = ("1.1", "1.2", "1.3", "1.4")
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
BUILT = datetime(2026, 7, 15, tzinfo=UTC)

# Versions and datasets that have no contract yet, with the columns that matter here.
COMMON = {
    "BilledCost": "decimal(38,18)",
    "BillingCurrency": "varchar",
    "ChargePeriodStart": "timestamp",
    "EffectiveCost": "decimal(38,18)",
    "ListCost": "decimal(38,18)",
    "ProviderName": "varchar",
    "PublisherName": "varchar",
    "Tags": "varchar",
    "x_CostBasis": "varchar",
}
STAND_INS = {
    "focus_1_2__cost_and_usage": COMMON,
    "focus_1_3__cost_and_usage": COMMON,
    "focus_1_4__billing_period": {"BillingPeriodStart": "timestamp"},
    "focus_1_4__invoice_detail": {
        "BilledCost": "decimal(38,18)",
        "BillingCurrency": "varchar",
        "InvoiceDetailGrain": "varchar",
        "PaymentCurrency": "varchar",
        "PaymentCurrencyBilledCost": "decimal(38,18)",
    },
}
TINY = Decimal("0.000000000000000001")
ROWS = [
    {"BillingCurrency": "USD", "BilledCost": Decimal("12345678901234567.5"), "ListCost": TINY},
    {"BillingCurrency": "USD", "BilledCost": TINY, "x_CostBasis": "Estimated"},
    {
        "BillingCurrency": "EUR",
        "BilledCost": Decimal("-0.5"),
        "PricingCurrency": "EUR",
        "PricingCurrencyEffectiveCost": Decimal(3),
        "PaymentCurrency": "GBP",
        "PaymentCurrencyBilledCost": Decimal("1.25"),
    },
    {
        "BillingCurrency": "USD",
        "BilledCost": Decimal(1),
        "ChargePeriodStart": datetime(2026, 6, 30),
        "ChargeDescription": 'a "quoted" é ✓' + "x" * 300,
        "Tags": '{"team": "é"}',
    },
    {"BillingCurrency": "USD", "ChargePeriodStart": datetime(2026, 7, 1)},
]
DEFAULTS = {
    "BilledCost": Decimal(0),
    "EffectiveCost": Decimal(0),
    "ListCost": Decimal(0),
    "ChargePeriodStart": datetime(2026, 5, 1),
    "x_CostBasis": "Invoiced",
}


def create(connection, model, columns, rows=()):
    quoted = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
    connection.execute(f"create table {model} ({quoted})")
    for row in rows:
        record = DEFAULTS | row
        values = [record.get(name) for name in columns]
        marks = ", ".join("?" for _ in columns)
        connection.execute(f"insert into {model} values ({marks})", values)


def contract_types():
    """Model -> column -> type, from the contracts as they are written, in their order."""
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for page in sorted((PROJECT / "models/focus").glob("v*/*.yml"))
        for model in yaml.safe_load(page.read_text(encoding="utf-8"))["models"]
    }


def make_database(path, rows=ROWS, models=None):
    """A database with every dataset, as old as BUILT."""
    models = STAND_INS | contract_types() if models is None else models
    with duckdb.connect(path) as connection:
        for model, columns in models.items():
            create(connection, model, columns, rows)
    os.utime(path, (BUILT.timestamp(), BUILT.timestamp()))
    return path


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return make_database(tmp_path_factory.mktemp("metadata") / "focus.duckdb")


@pytest.fixture
def connection(database):
    with duckdb.connect(database, read_only=True) as opened:
        yield opened


def written(database, out, spec="1.4", fmt="parquet", at=NOON, **period):
    """Metadata of a fresh export, read back from its file."""
    export(database, spec, fmt, out, at=at, **period)
    return json.loads(metadata.sidecar(out).read_text(encoding="utf-8"))


def only_schema(document):
    schema = document["Schema"]
    return schema[0] if isinstance(schema, list) else schema


def own(names):
    """Names without those that are the project's own."""
    return {name for name in names if not name.startswith("x_")}


# ---- structure

SCHEMA = {
    "1.1": {"SchemaId", "FocusVersion", "CreationDate", "ProviderVersion", "ColumnDefinition"},
    "1.2": {"SchemaId", "FocusVersion", "CreationDate", "DataGeneratorVersion", "ColumnDefinition"},
}
SCHEMA["1.3"] = SCHEMA["1.4"] = SCHEMA["1.2"] | {"DatasetInstanceId"}
COLUMN_PROPERTIES = {
    "ColumnName": str,
    "DataType": str,
    "NumericPrecision": int,
    "NumberScale": int,
    "StringEncoding": str,
    "StringMaxLength": int,
    "ProviderTagPrefixes": list,
}
SINCE_1_2 = {"Deprecated": bool, "PreviousColumnName": str}
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_gets_its_own_objects(database, tmp_path, version):
    document = written(database, tmp_path / "focus.parquet", version)
    objects = {"DataGenerator", "Schema"}
    if version in ("1.3", "1.4"):
        objects |= {"DatasetInstance", "Recency"}
    assert own(document) == objects | {"SchemaId", "data_location"}
    assert document["DataGenerator"] == {"DataGenerator": "ai_spend"}
    assert isinstance(document["Schema"], list) is (version in ("1.3", "1.4"))

    schema = only_schema(document)
    assert set(schema) == SCHEMA[version]
    assert schema["FocusVersion"] == version
    assert DATE_TIME.fullmatch(schema["CreationDate"])
    assert document["SchemaId"] == schema["SchemaId"] == str(uuid.UUID(schema["SchemaId"]))


@pytest.mark.parametrize("version", VERSIONS)
def test_column_properties_are_those_of_the_version(database, tmp_path, version):
    known = COLUMN_PROPERTIES | (SINCE_1_2 if version != "1.1" else {})
    columns = only_schema(written(database, tmp_path / "f.csv", version, "csv"))["ColumnDefinition"]
    for column in columns:
        assert {"ColumnName", "DataType"} <= column.keys() <= known.keys()
        assert all(type(value) is known[name] for name, value in column.items()), column
        assert ("NumericPrecision" in column) is ("NumberScale" in column)
        assert ("NumericPrecision" in column) is (column["DataType"] == "DECIMAL")
        assert ("StringMaxLength" in column) is (column["DataType"] == "STRING")
        assert ("ProviderTagPrefixes" in column) is (column["ColumnName"] == "Tags")
    deprecated = {column["ColumnName"] for column in columns if "Deprecated" in column}
    assert deprecated == ({"ProviderName", "PublisherName"} if version == "1.3" else set())
    assert all(column["Deprecated"] for column in columns if "Deprecated" in column)


@pytest.mark.parametrize("version", ["1.3", "1.4"])
def test_schema_instance_and_recency_belong_together(database, tmp_path, version):
    document = written(database, tmp_path / "focus.parquet", version)
    (instance,), (recency,) = document["DatasetInstance"], document["Recency"]
    assert set(instance) == {"DatasetInstanceId", "DatasetInstanceName", "FocusDatasetId"}
    assert instance["FocusDatasetId"] == "CostAndUsage"
    assert instance["DatasetInstanceName"] == f"ai_spend Cost and Usage, FOCUS {version}"
    (schema,) = document["Schema"]
    ids = {part["DatasetInstanceId"] for part in (instance, recency, schema)}
    assert len(ids) == 1 and uuid.UUID(ids.pop())


def test_instances_and_generator_versions_differ_by_version(database, tmp_path):
    documents = [written(database, tmp_path / f"{v}.parquet", v) for v in ("1.3", "1.4")]
    for name in ("SchemaId", "DatasetInstanceId", "DataGeneratorVersion"):
        assert len({document["Schema"][0][name] for document in documents}) == 2


def test_a_dataset_without_charge_periods_is_no_time_series(connection):
    of = metadata.dataset(connection, "focus_1_4__billing_period")
    assert metadata.recency(connection, of, BUILT, NOON) == {
        "DatasetInstanceId": metadata.instance_id(of),
        "RecencyLastUpdated": "2026-11-01T12:00:00Z",
        "DatasetInstanceLastUpdated": "2026-07-15T00:00:00Z",
        "DatasetInstanceComplete": True,
    }


# ---- truth


@pytest.mark.parametrize("version", VERSIONS)
def test_columns_and_types_are_those_of_the_database(database, connection, tmp_path, version):
    model = f"focus_{version.replace('.', '_')}__cost_and_usage"
    described = connection.execute(f"describe {model}").fetchall()
    words = {"VARCHAR": "STRING", "TIMESTAMP": "DATETIME", "BOOLEAN": "BOOLEAN"}
    schema = only_schema(written(database, tmp_path / "f.parquet", version))
    found = []
    for column in schema["ColumnDefinition"]:
        sql_type = next((sql for sql, word in words.items() if word == column["DataType"]), None)
        if column["DataType"] == "JSON":
            sql_type = "VARCHAR"
        elif column["DataType"] == "DECIMAL":
            sql_type = f"DECIMAL({column['NumericPrecision']},{column['NumberScale']})"
        found.append((column["ColumnName"], sql_type))
    assert found == [(name, sql_type) for name, sql_type, *_ in described]


def test_the_parquet_file_has_the_columns_of_its_schema(database, tmp_path):
    document = written(database, tmp_path / "focus.parquet")
    described = duckdb.sql(f"describe select * from '{tmp_path / 'focus.parquet'}'").fetchall()
    columns = document["Schema"][0]["ColumnDefinition"]
    assert [column["ColumnName"] for column in columns] == [name for name, *_ in described]


def test_string_lengths_hold_every_text(database, connection, tmp_path):
    columns = only_schema(written(database, tmp_path / "focus.csv", fmt="csv"))["ColumnDefinition"]
    limits = {c["ColumnName"]: c["StringMaxLength"] for c in columns if "StringMaxLength" in c}
    (longest,) = connection.execute(
        'select max(length("ChargeDescription")) from focus_1_4__cost_and_usage'
    ).fetchone()
    assert longest == 314
    assert limits["ChargeDescription"] == 1024
    assert limits["BillingCurrency"] == limits["ChargeCategory"] == 64


@given(st.integers(min_value=0, max_value=10**9))
@example(64)
@example(65)
@example(1024)
def test_a_length_is_the_least_step_that_holds(length):
    step = metadata._step(length)
    assert step >= length and (step == 64 or step // 4 < length)
    assert step in {64 * 4**power for power in range(20)}


def test_the_file_is_told_by_name_size_rows_and_digest(database, tmp_path):
    out = tmp_path / "may.csv"
    may = {"start": date(2026, 5, 1), "end": date(2026, 6, 1)}
    document = written(database, out, fmt="csv", **may)
    assert document["data_location"] == [
        {
            "filepath": "may.csv",
            "total_bytes": out.stat().st_size,
            "total_rows": 3,
            "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        }
    ]
    assert document["x_DeliveryScope"] == {"From": "2026-05-01", "To": "2026-06-01"}
    assert document["x_ControlTotals"] == {
        "EUR": {"BilledCost": "-0.5", "EffectiveCost": "0", "ListCost": "0"},
        "USD": {
            "BilledCost": "12345678901234567.500000000000000001",
            "EffectiveCost": "0",
            "ListCost": "0.000000000000000001",
        },
    }


def test_a_month_is_complete_when_over_and_invoiced(database, tmp_path):
    (recency,) = written(database, tmp_path / "focus.parquet")["Recency"]
    assert recency["DatasetInstanceLastUpdated"] == "2026-07-15T00:00:00Z"
    assert recency["RecencyLastUpdated"] == "2026-11-01T12:00:00Z"
    assert [tuple(sector.values()) for sector in recency["TimeSectors"]] == [
        ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z", False, "2026-07-15T00:00:00Z"),
        ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z", True, "2026-07-15T00:00:00Z"),
        ("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z", False, "2026-07-15T00:00:00Z"),
    ]
    assert set(recency["TimeSectors"][0]) == {
        f"TimeSector{word}" for word in ("Start", "End", "Complete", "LastUpdated")
    }


def test_an_unknown_cost_basis_completes_nothing(tmp_path):
    database = make_database(tmp_path / "d.duckdb", [{"x_CostBasis": None}])
    (recency,) = written(database, tmp_path / "focus.parquet")["Recency"]
    assert [sector["TimeSectorComplete"] for sector in recency["TimeSectors"]] == [False]


def test_no_rows_no_recency(tmp_path):
    database = make_database(tmp_path / "d.duckdb", [])
    document = written(database, tmp_path / "focus.csv", fmt="csv")
    assert document["Recency"] == []
    assert document["x_ControlTotals"] == {}
    assert document["data_location"][0]["total_rows"] == 0


def test_json_columns_are_those_of_the_official_model():
    named = os.environ.get("AI_SPEND_FOCUS_MODEL", PROJECT.parent / "shared" / "focus")
    model = Path(named) / "model-1.4.json" if Path(named).is_dir() else Path(named)
    if not model.exists():
        pytest.skip("the official 1.4 model file is not at hand (AI_SPEND_FOCUS_MODEL)")
    rules = json.loads(model.read_text(encoding="utf-8"))["ModelRules"].values()
    official = {
        rule["EntityId"]
        for rule in rules
        if rule["EntityType"] == "Column"
        and re.search(
            r"(KeyValue|JsonObject)Format", rule["ValidationCriteria"]["MustSatisfy"] or ""
        )
    }
    contract = (PROJECT / "models/focus/v1_4/focus_1_4.yml").read_text(encoding="utf-8")
    assert official == {c for c in metadata.JSON_COLUMNS if f"- name: {c}\n" in contract}


@pytest.mark.parametrize(
    ("amount", "text"),
    [("100", "100"), ("1E+2", "100"), ("-0.00", "0"), ("0.50", "0.5"), ("-3.0", "-3")],
)
def test_amounts_keep_every_digit_that_says_something(amount, text):
    assert metadata.exact(Decimal(amount)) == text


# ---- schema ids


def test_formats_and_periods_share_a_schema(database, tmp_path):
    schemas = [
        written(database, tmp_path / fmt / f"focus.{fmt}", fmt=fmt, **period)["Schema"]
        for fmt in FORMATS
        for period in ({}, {"start": date(2026, 6, 1)}, {"end": date(2020, 1, 1)})
    ]
    assert all(schema == schemas[0] for schema in schemas)


@pytest.mark.parametrize(
    "change",
    [
        lambda columns: columns | {"x_New": "varchar"},
        lambda columns: {name: columns[name] for name in columns if name != "x_CostBasis"},
        lambda columns: columns | {"x_CostBasis": "boolean"},
        lambda columns: columns | {"BilledCost": "decimal(38,17)"},
        lambda columns: {name: columns[name] for name in reversed(columns)},
    ],
)
def test_another_structure_is_another_schema(tmp_path, change):
    ids = set()
    for name, columns in (("a", COMMON), ("b", change(COMMON))):
        model = {"focus_1_4__cost_and_usage": columns}
        database = make_database(tmp_path / f"{name}.duckdb", [], model)
        ids.add(written(database, tmp_path / f"{name}.csv", fmt="csv")["SchemaId"])
    assert len(ids) == 2


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "BilledCost": st.decimals(-(10**17), 10**17, places=18),
                "BillingCurrency": st.sampled_from(["USD", "EUR", None]),
                "ProviderName": st.text(
                    st.characters(codec="utf-8", exclude_characters="\0"), max_size=90
                ),
            }
        ),
        max_size=5,
    )
)
def test_any_data_csv_and_parquet_share_schema_and_totals(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("any")
    model = {"focus_1_4__cost_and_usage": COMMON}
    database = make_database(folder / "d.duckdb", rows, model)
    documents = [written(database, folder / f"f.{f}", fmt=f) for f in ("csv", "parquet")]
    first, second = ({**d, "data_location": None} for d in documents)
    assert first == second
    with duckdb.connect(database, read_only=True) as connection:
        of = metadata.dataset(connection, "focus_1_4__cost_and_usage")
        totals = metadata.control_totals(connection, of)
        # As text: currencies come in order.
        assert json.dumps(totals) == json.dumps(recomputed(connection, of.model))


def test_only_times_of_generation_differ(database, tmp_path):
    out = tmp_path / "focus.csv"
    first = written(database, out, fmt="csv", at=NOON)
    second = written(database, out, fmt="csv", at=LATER)
    assert first["x_GeneratedAt"] == "2026-11-01T12:00:00Z"
    assert second["x_GeneratedAt"] == "2026-11-02T08:30:00Z"
    for document in (first, second):
        del document["x_GeneratedAt"], document["Recency"][0]["RecencyLastUpdated"]
    # A schema that was there already keeps its CreationDate, in every file of the folder.
    assert first == second
    assert only_schema(first)["CreationDate"] == "2026-11-01T12:00:00Z"
    neighbour = written(database, tmp_path / "focus.parquet", at=LATER)
    assert neighbour["Schema"] == first["Schema"]


def test_the_oldest_neighbour_of_the_schema_dates_it(database, tmp_path):
    for name, at in (("a", LATER), ("b", NOON)):
        written(database, tmp_path / name / "focus.csv", fmt="csv", at=at)
        (tmp_path / name / "focus.csv.metadata.json").rename(tmp_path / f"{name}.metadata.json")
    schema = only_schema(written(database, tmp_path / "focus.csv", fmt="csv", at=LATER))
    assert schema["CreationDate"] == "2026-11-01T12:00:00Z"
    other = only_schema(written(database, tmp_path / "focus.csv", "1.1", "csv", at=LATER))
    assert other["CreationDate"] == "2026-11-02T08:30:00Z"


def test_broken_neighbours_do_not_matter(database, tmp_path):
    (tmp_path / "a.metadata.json").write_text("{")
    (tmp_path / "b.metadata.json").write_text("[1]")
    (tmp_path / "c.metadata.json").write_text('{"Schema": [null, {"SchemaId": "x"}]}')
    schema = only_schema(written(database, tmp_path / "focus.csv", fmt="csv"))
    assert schema["CreationDate"] == "2026-11-01T12:00:00Z"


# ---- failures


def test_metadata_that_cannot_be_made_stop_the_export(tmp_path):
    model = {"focus_1_4__cost_and_usage": COMMON | {"x_Share": "double"}}
    database = make_database(tmp_path / "d.duckdb", [], model)
    (tmp_path / "exports").mkdir()
    out = tmp_path / "exports" / "focus.csv"
    out.write_text("old")
    with pytest.raises(ExportError, match=r"x_Share: no FOCUS data type is known for DOUBLE"):
        export(database, "1.4", "csv", out)
    assert out.read_text() == "old"
    assert os.listdir(out.parent) == ["focus.csv"]


def test_an_interrupted_sidecar_leaves_both_old(database, tmp_path, monkeypatch):
    out = tmp_path / "focus.csv"
    before = written(database, out, fmt="csv")
    old = out.read_bytes()

    def full(_document):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(metadata, "as_json", full)
    with pytest.raises(ExportError, match=r"was not written.*No space left"):
        export(database, "1.1", "csv", out)
    assert out.read_bytes() == old
    assert json.loads(metadata.sidecar(out).read_text(encoding="utf-8")) == before
    assert sorted(os.listdir(tmp_path)) == ["focus.csv", "focus.csv.metadata.json"]


# ---- the declaration


def recomputed(connection, model):
    """Control totals of a model, added up in Python from every row."""
    rows = connection.execute(f"select * from {model}")
    names = [column[0] for column in rows.description]
    records = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    costs = [n for n in names if n.endswith("Cost") and not n.startswith("x_")]
    owners = {cost: "BillingCurrency" for cost in costs}
    for cost in costs:
        for prefix in ("PricingCurrency", "PaymentCurrency"):
            if cost.startswith(prefix):
                owners[cost] = prefix
    money = {}
    for owner in dict.fromkeys(owners.values()):
        groups = defaultdict(list)
        for record in records:
            groups[record[owner] or "null"].append(record)
        money[owner] = {}
        for code, group in sorted(groups.items(), key=lambda item: (item[0] == "null", item[0])):
            entry = {"rows": len(group)}
            for cost in (c for c in costs if owners[c] == owner):
                # Whole units of the eighteenth place: no decimal context rounds those.
                parts = [int(Fraction(r[cost]) * 10**18) for r in group if r[cost] is not None]
                entry[cost] = written_out(sum(parts)) if parts else None
            money[owner][code] = entry
    return {"rows": len(records), "money": money}


def written_out(units):
    """Units of 10^-18 as a number without needless zeros."""
    whole, rest = divmod(abs(units), 10**18)
    digits = f"{whole}.{rest:018d}".rstrip("0").rstrip(".")
    return ("-" if units < 0 else "") + digits


@pytest.fixture
def declared(connection, tmp_path):
    return metadata.declaration(connection, updated=BUILT, at=NOON, exports=tmp_path)


def test_the_declaration_names_every_built_contract(declared):
    models = [entry["model"] for entry in declared["datasets"]]
    assert models == sorted(CONTRACTS)
    assert declared["not_built"] == []
    assert declared["generated_at"] == "2026-11-01T12:00:00Z"
    assert declared["data_updated_at"] == "2026-07-15T00:00:00Z"
    assert declared["versions"] == sorted({e["focus_version"] for e in declared["datasets"]})
    assert json.loads(metadata.as_json(declared)) == declared


def test_names_and_meta_of_the_contracts_agree(connection):
    for page in (PROJECT / "models/focus").glob("v*/*.yml"):
        for model in yaml.safe_load(page.read_text(encoding="utf-8"))["models"]:
            meta = model["config"]["meta"]
            of = metadata.dataset(connection, model["name"])
            assert (of.focus_version, of.dataset) == (meta["focus_version"], meta["focus_dataset"])


def test_control_totals_are_the_sum_of_the_rows(connection, declared):
    for entry in declared["datasets"]:
        assert entry["control_totals"] == recomputed(connection, entry["model"])
    of = metadata.dataset(connection, "focus_1_4__invoice_detail")
    totals = metadata.control_totals(connection, of)
    assert totals == recomputed(connection, of.model)
    assert totals["money"]["PaymentCurrency"]["GBP"]["PaymentCurrencyBilledCost"] == "1.25"


def test_every_custom_column_has_a_meaning_and_every_column_a_type(declared):
    for entry in declared["datasets"]:
        contract = CONTRACTS[entry["model"]]["columns"]
        custom, focus = entry["custom_columns"], entry["columns"]
        assert [c["name"] for c in focus + custom] == list(contract)
        assert {c["name"] for c in custom} == {name for name in contract if name[:2] == "x_"}
        assert all(len(c["meaning"]) > 10 and "{" not in c["meaning"] for c in custom)
        assert all(c["feature_level"] and c["nullable"] in (True, False) for c in focus)
        assert all(c["type"] and c["sql"] for c in focus + custom)


def test_schema_ids_of_declaration_and_exports_agree(database, declared, tmp_path):
    for entry in declared["datasets"]:
        if entry["dataset"] == "CostAndUsage":
            document = written(database, tmp_path / "f.csv", entry["focus_version"], "csv")
            assert document["SchemaId"] == entry["schema_id"]


def test_what_providers_state_is_declared_with_file_and_line(tmp_path):
    database = make_database(tmp_path / "d.duckdb")
    with duckdb.connect(database) as connection:
        of = metadata.dataset(connection, "focus_1_4__cost_and_usage")
        assert metadata.provider_statements(connection, of) == []
        connection.execute(
            """
            create table provider_statements as from (values
                ('1.4', 'CostAndUsage', 'a', 'ServiceName', 'MUST', 2, 'aws/f.csv', 3),
                ('1.4', 'InvoiceDetail', 'b', 'InvoiceId', 'MUST', 1, null, null),
                ('1.3', 'CostAndUsage', 'a', 'ServiceName', 'MUST', 2, 'aws/f.csv', 3)
            ) as t(focus_version, dataset, rule_id, column_name, keyword, violations,
                   source_file, source_line)
            """
        )
        assert metadata.provider_statements(connection, of) == [
            {
                "rule_id": "a",
                "column_name": "ServiceName",
                "keyword": "MUST",
                "violations": 2,
                "source_file": "aws/f.csv",
                "source_line": 3,
            }
        ]


def test_rules_are_counted_by_verdict_or_null(tmp_path):
    database = make_database(tmp_path / "d.duckdb")
    with duckdb.connect(database) as connection:
        of = metadata.dataset(connection, "focus_1_4__cost_and_usage")
        assert metadata.rule_counts(connection, of) == {"results": None, "coverage": None}
        connection.execute(
            """
            create table focus_rule_results as from (values
                ('1.4', 'CostAndUsage', 'a', 'BilledCost', 'MUST', 'pass', 0, null),
                ('1.4', 'CostAndUsage', 'b', 'BilledCost', 'MUST', 'pass', 0, null),
                ('1.4', 'CostAndUsage', 'c', 'BilledCost', 'MUST', 'fail', 7, 'x'),
                ('1.4', 'CostAndUsage', 'd', 'BilledCost', 'SHOULD', 'pass', 0, null),
                ('1.4', 'BillingPeriod', 'e', 'x', 'MUST', 'fail', 1, null),
                ('1.1', 'CostAndUsage', 'f', 'x', 'MUST', 'fail', 1, null)
            ) as t(focus_version, dataset, rule_id, column_name, keyword, verdict, violations,
                   example);
            create table focus_rule_coverage as from (values
                ('1.4', 'CostAndUsage', 'a', 'checked', null),
                ('1.4', 'CostAndUsage', 'b', 'checked', null),
                ('1.4', 'CostAndUsage', 'g', 'not applicable', 'no region')
            ) as t(focus_version, dataset, rule_id, verdict, reason)
            """
        )
        assert metadata.rule_counts(connection, of) == {
            "results": {"MUST": {"fail": 1, "pass": 2}, "SHOULD": {"pass": 1}},
            "coverage": {"checked": 2, "not applicable": 1},
        }
        of = metadata.dataset(connection, "focus_1_4__invoice_detail")
        assert metadata.rule_counts(connection, of) == {"results": None, "coverage": None}


RESULT = ValidationResult(True, "said", 412, 2, 310, ("a", "b"), ("a",))


def test_a_validator_run_counts_while_its_file_is_unchanged(connection, tmp_path):
    of = metadata.dataset(connection, "focus_1_4__cost_and_usage")
    file = tmp_path / "focus.parquet"
    file.write_bytes(b"data")
    assert metadata.validation(tmp_path, of) is None
    metadata.record_validation(file, "1.4", "CostAndUsage", RESULT, NOON)
    record = metadata.validation(tmp_path, of)
    assert {name: record[name] for name in ("passed", "failed", "skipped", "file")} == {
        "passed": 412,
        "failed": 2,
        "skipped": 310,
        "file": "focus.parquet",
    }
    assert record["failed_unexplained"] == ["b"] and record["validator_version"][0].isdigit()

    other = metadata.dataset(connection, "focus_1_4__invoice_detail")
    assert metadata.validation(tmp_path, other) is None
    again = tmp_path / "again.parquet"
    again.write_bytes(b"data")
    metadata.record_validation(again, "1.4", "CostAndUsage", RESULT, LATER)
    assert metadata.validation(tmp_path, of)["file"] == "again.parquet"
    again.unlink()
    file.write_bytes(b"other data")
    assert metadata.validation(tmp_path, of) is None


def test_a_skipped_validation_leaves_no_record(tmp_path):
    file = tmp_path / "focus.parquet"
    file.write_bytes(b"data")
    skipped = ValidationResult(False, "SKIPPED")
    assert metadata.record_validation(file, "1.4", "CostAndUsage", skipped, NOON) is None
    assert os.listdir(tmp_path) == ["focus.parquet"]


def write_contract(project, column, description):
    folder = project / "models" / "focus" / "v1_4"
    folder.mkdir(parents=True)
    (folder / "focus_1_4.yml").write_text(
        "models:\n  - name: focus_1_4__cost_and_usage\n    description: D\n"
        "    config: {meta: {focus_version: '1.4', focus_dataset: CostAndUsage}}\n"
        f"    columns:\n      - name: {column}\n        data_type: varchar\n"
        f'        description: "{description}"\n'
    )
    return project


@pytest.mark.parametrize(
    ("column", "description", "message"),
    [
        ("x_New", "{{ doc('absent') }}", "no doc block absent"),
        ("x_New", "", "x_New has no description"),
        ("x_Old", "Known", "does not have the columns of its contract"),
    ],
)
def test_an_untrue_contract_is_refused(tmp_path, column, description, message):
    project = write_contract(tmp_path / "project", column, description)
    models = {"focus_1_4__cost_and_usage": {"x_New": "varchar"}}
    database = make_database(tmp_path / "d.duckdb", [], models)
    with (
        duckdb.connect(database) as connection,
        pytest.raises(metadata.MetadataError, match=message),
    ):
        metadata.declaration(connection, updated=BUILT, at=NOON, exports=tmp_path, project=project)


def test_what_is_not_built_is_named(tmp_path):
    built = {"focus_1_4__cost_and_usage": contract_types()["focus_1_4__cost_and_usage"]}
    with duckdb.connect(make_database(tmp_path / "d.duckdb", [], built)) as connection:
        declared = metadata.declaration(connection, updated=BUILT, at=NOON, exports=tmp_path)
    assert declared["versions"] == ["1.4"]
    assert declared["not_built"] == sorted(CONTRACTS.keys() - built.keys())
    assert "focus_1_1__cost_and_usage" in declared["not_built"]


def test_the_command_declares_and_says_what_to_do(database, tmp_path, monkeypatch):
    out = tmp_path / "exports" / "focus-conformance.json"
    monkeypatch.setenv("AI_SPEND_DB", str(database))
    said = CliRunner().invoke(cli.main, ["declare", "--out", str(out)])
    assert said.exit_code == 0, said.output
    declared = json.loads(out.read_text(encoding="utf-8"))
    assert f"{len(declared['datasets'])} FOCUS datasets declared" in said.output
    assert [entry["model"] for entry in declared["datasets"]] == sorted(CONTRACTS)
    assert os.listdir(out.parent) == ["focus-conformance.json"]

    with duckdb.connect(tmp_path / "empty.duckdb"):
        pass
    for name, message in (("none", "make build"), ("empty", "no FOCUS dataset")):
        monkeypatch.setenv("AI_SPEND_DB", str(tmp_path / f"{name}.duckdb"))
        failed = CliRunner().invoke(cli.main, ["declare", "--out", str(tmp_path / "x.json")])
        assert failed.exit_code == 1 and message in failed.output
    assert not (tmp_path / "x.json").exists()


def test_the_validate_command_keeps_what_was_said(tmp_path, monkeypatch):
    file = tmp_path / "focus.parquet"
    file.write_bytes(b"data")
    monkeypatch.setattr("ai_spend.conformance.validate", lambda *_: RESULT)
    said = CliRunner().invoke(cli.main, ["validate", str(file)])
    assert said.exit_code == 1 and said.output.splitlines() == ["said", "  b"]
    record = json.loads((tmp_path / "focus.parquet.validation.json").read_text())
    assert (record["focus_version"], record["dataset"]) == ("1.4", "CostAndUsage")
