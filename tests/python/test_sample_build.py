"""The build of landing/sample against the generator's own books (sample_expected.json)."""

import gzip
import json
import re
import shutil
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import focus_validator
import pytest
from conftest import CHARGES_ALONE, SAMPLE, WITHOUT_RULES, at_grain

from ai_spend.conformance import _model_folder, validate
from ai_spend.export import export

EXPECTED = json.loads(Path(__file__).with_name("sample_expected.json").read_text(encoding="utf-8"))
VENDORS = sorted({name.partition("/")[0] for name in EXPECTED["datasets"]})
# Bills that the register of invoices (seeds/organisation/invoices.csv) says are issued, where the
# vendor's export names no invoice: export and month -> invoices.
REGISTERED = {
    ("openai/costs", "2026-05"): ["OAI-2026-05"],
    ("openai/costs", "2026-06"): ["OAI-2026-06"],
    ("openai/costs", "2026-07"): ["OAI-2026-07"],
    ("anthropic/cost_report", "2026-05"): ["ANT-1042"],
    ("anthropic/cost_report", "2026-06"): ["ANT-1107"],
    ("anthropic/cost_report", "2026-07"): ["ANT-1168"],
    ("claude_seats/analytics_cost_report", "2026-06"): ["ANT-1109"],
    ("azure_openai/focus", "2026-05"): ["E0700BW05X"],
    ("google_vertex/billing_export", "2026-07"): ["5310042177"],
    ("google_vertex/billing_export", "2026-08"): ["5310058830", "5310058831-CN"],
}

# Prompt text planted in the raw logs; the file cut short ("tail") holds only copies.
CANARY = b"PROMPT-TEXT-CANARY"

BILLED = """
    select
        service,
        case
            when x_source_dataset = 'organisation/contracts' then 'commitment'
            when charge_frequency = 'Recurring' then 'seat'
            else 'usage'
        end,
        strftime(billing_period_start, '%Y-%m'), x_source_dataset, x_cost_basis, sum(billed_cost)
    from charge
    group by all
    order by all
"""
COSTS = """
    select
        x_source_dataset, x_cost_basis, billing_currency, billing_period_start, service_name,
        sum(billed_cost), sum(effective_cost), sum(list_cost), sum(contracted_cost),
        sum(x_input_tokens), sum(x_cached_tokens), sum(x_output_tokens)
    from charge
    group by all
    order by all
"""


def test_each_service_and_month_costs_what_the_books_say(sample_build):
    expected = sorted(
        (
            *(row[k] for k in ("service", "scope", "month", "dataset")),
            "Invoiced" if (row["dataset"], row["month"]) in REGISTERED else row["basis"],
            row["billed_cost"],
        )
        for row in EXPECTED["billed"]
    )
    found = [(*row[:5], row[5]) for row in sample_build.rows(BILLED)]
    assert [row[:5] for row in found] == [row[:5] for row in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours[5] == Decimal(theirs[5]), theirs


@pytest.mark.parametrize(("bill", "invoices"), REGISTERED.items(), ids=lambda v: str(v[0]))
def test_an_invoice_is_what_the_books_say_of_its_bill(sample_build, bill, invoices):
    """Lines of Invoice Detail = the generator's books = the register, which rounds to cents."""
    booked = sum(
        Decimal(row["billed_cost"])
        for row in EXPECTED["billed"]
        if (row["dataset"], row["month"]) == bill
    )
    named = ", ".join(f"'{invoice}'" for invoice in invoices)
    lines = sample_build.value(
        f'select sum("BilledCost") from focus_1_4__invoice_detail where "InvoiceId" in ({named})'
    )
    stated = sample_build.value(
        f"select sum(stated_total) from seeds.invoices where invoice_id in ({named})"
    )
    assert lines == booked
    assert stated == booked.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_total_of_each_currency_is_the_books_total(sample_build):
    totals = dict(
        sample_build.rows("select billing_currency, sum(billed_cost) from charge group by all")
    )
    others = {k: Decimal(v) for k, v in EXPECTED["billed_in_other_currencies"].items()}
    assert totals == {"USD": Decimal(EXPECTED["billed_total"])} | others


@pytest.mark.parametrize("name", sorted(EXPECTED["credits"]))
def test_a_credit_pays_what_the_books_say_in_each_month(sample_build, name):
    """Paid = used + lapsed + left. What is used is not billed, what is left is no cost yet."""
    credit = EXPECTED["credits"][name]
    used = {month: Decimal(amount) for month, amount in credit["used"].items()}
    paid, lapsed, left = (Decimal(credit[key]) for key in ("paid", "lapsed", "left"))
    assert paid == sum(used.values()) + lapsed + left
    found = sample_build.rows(
        f"""
        select
            coalesce(commitment_discount_status, charge_category),
            strftime(charge_period_start, '%Y-%m'), sum(billed_cost), sum(effective_cost)
        from charge
        where commitment_discount_id = '{name}'
        group by all order by all
        """
    )
    assert [row for row in found if row[0] == "Purchase"] == [
        ("Purchase", next(iter(used)), paid, 0)
    ]
    assert [row for row in found if row[0] == "Used"] == [
        ("Used", month, 0, amount) for month, amount in used.items()
    ]
    assert sum(row[3] for row in found if row[0] == "Unused") == lapsed
    assert sum(row[2] for row in found) == paid


def test_the_line_on_which_a_credit_ends_is_divided(sample_build):
    """One part is covered, one billed. Quantities have ten digits: at 3 or 15 per million tokens
    price x quantity is the part's cost to less than 0.00000001, and ContractedCost exactly."""
    parts = sample_build.rows(
        """
        select
            billed_cost, effective_cost, contracted_cost, contracted_unit_price * pricing_quantity,
            pricing_quantity * 1000000 = consumed_quantity, pricing_category
        from charge
        where starts_with(charge_id, (
            select split_part(charge_id, '/', 1) from charge
            where ends_with(charge_id, '/XAI-CREDIT-2026-06')
        ))
        order by billed_cost
        """
    )
    covered, billed = parts
    assert covered[0] == 0 and covered[1] > 0 and covered[5] == "Committed"
    assert billed[0] == billed[1] > 0 and billed[5] == "Standard"
    for part in parts:
        assert part[2] == part[3] and part[4]
        assert abs(part[1] - part[2]) < Decimal("0.00000001")
    assert covered[1] + billed[1] == covered[2] + billed[2]


@pytest.mark.parametrize("dataset", sorted(EXPECTED["datasets"]))
def test_records_of_an_export_are_all_accounted_for(sample_build, dataset):
    expected = EXPECTED["datasets"][dataset]
    found = dict(
        sample_build.rows(
            f"""
            select record_status, count(*) from landing_records
            where source_dataset = '{dataset}' and coalesce(problem, '') not like 'unknown layout%'
            group by all
            """
        )
    )
    assert sum(found.values()) == expected["records"]
    assert found.get("quarantined", 0) == sum(expected["quarantined"].values())
    if dataset == "github_copilot/seats":
        # Every seat object is accepted by the books; here a person counts once a month.
        persons = sample_build.value(
            f"select count(*) from seats where source_dataset = '{dataset}'"
        )
        assert persons == expected["person_months"] == found["accepted"]
        return
    assert found["accepted"] == expected["accepted"]
    assert found.get("duplicate", 0) == expected["duplicates"]
    assert found.get("superseded", 0) == expected["superseded"]


@pytest.mark.parametrize(
    "dataset",
    [
        "litellm/spend_logs",
        "litellm/standard_logging",
        "openai/usage_completions",
        "anthropic/usage_report",
        "anthropic/messages",
    ],
)
def test_billable_tokens_per_meter_are_the_books(sample_build, dataset):
    found = dict(
        sample_build.rows(
            f"""
            select meter, sum(quantity) from usage
            where source_dataset = '{dataset}' and is_billable and meter != 'requests'
            group by all
            """
        )
    )
    assert found == {k: Decimal(v) for k, v in EXPECTED["datasets"][dataset]["tokens"].items()}


@pytest.mark.parametrize(
    ("dataset", "money"),
    [
        ("litellm/spend_logs", "USD"),
        ("litellm/standard_logging", "USD"),
        ("openai/costs", "USD"),
        ("anthropic/cost_report", "USD"),
        ("github_copilot/billing_usage", "USD net_amount"),
    ],
)
def test_accepted_money_is_the_books(sample_build, dataset, money):
    found = sample_build.value(
        f"""
        select sum(amount) from landing_records
        where source_dataset = '{dataset}' and record_status = 'accepted'
        """
    )
    assert found == Decimal(EXPECTED["datasets"][dataset]["money"][money])


def test_unpriced_tokens_are_the_books(sample_build):
    found = sample_build.rows(
        """
        select service, model, strftime(started_at, '%Y-%m'), meter, sum(quantity)
        from unpriced_usage where is_billing_source
        group by all order by all
        """
    )
    expected = sorted(
        (row["service"], row["model"], row["month"], row["meter"], Decimal(row["tokens"]))
        for row in EXPECTED["unpriced"]
    )
    assert found == expected


def test_seats_of_each_month_are_the_books(sample_build):
    for month, expected in EXPECTED["seats"].items():
        persons, months = sample_build.rows(
            f"""
            select count(*), sum(seat_months) from priced_seats
            where source_dataset = 'github_copilot/seats'
                and strftime(month_start, '%Y-%m') = '{month}'
            """
        )[0]
        assert (persons, months) == (expected["persons"], Decimal(expected["user_months"])), month


def test_quarantine_names_file_line_and_reason(sample_build):
    found = sample_build.rows("select source_file, source_line, reason from quarantine")
    planted = {
        ("litellm/spend_logs/spend_logs_2026-05__exported_2026-06-03.jsonl.gz", 43),
        (
            "github_copilot/billing_usage/ai_usage_2026-07-21_2026-08-20__exported_2026-08-21.csv.gz",
            32,
        ),
        ("litellm/spend_logs/spend_logs_2026-07_tail__exported_2026-08-04.jsonl.gz", None),
    }
    assert planted <= {row[:2] for row in found}
    assert all(row[0] and row[2] for row in found)


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def test_no_prompt_text_reaches_a_table(sample_build):
    planted = [
        path
        for path in SAMPLE.rglob("*.jsonl*")
        if "tail" not in path.name and CANARY in unpacked(path)
    ]
    assert planted, "the sample no longer plants the canary"
    with duckdb.connect(sample_build.db, read_only=True) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall():
            found = connection.execute(
                f'select count(*) from {schema}."{table}" as t '
                f"where cast(t as varchar) like '%{CANARY.decode()}%'"
            ).fetchone()[0]
            assert found == 0, f"{schema}.{table}"


def test_e_mail_addresses_stay_in_the_organisation_seeds(sample_build):
    with duckdb.connect(sample_build.db, read_only=True) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name != 'seeds'"
        ).fetchall():
            found = connection.execute(
                f'select count(*) from {schema}."{table}" as t '
                "where cast(t as varchar) like '%@brindlewick.example%'"
            ).fetchone()[0]
            assert found == 0, f"{schema}.{table}"


@pytest.fixture(scope="module", params=["hour", "call"])
def grain_build(request, sample_build, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, at_grain(
        sample_build, folder, SAMPLE, request.param, "--exclude", "path:models/marts"
    )


def test_totals_are_the_same_at_each_grain(sample_build, grain_build):
    grain, built = grain_build
    assert built.rows(COSTS) == sample_build.rows(COSTS)
    rows = "select count(*) from charge"
    assert built.value(rows) >= sample_build.value(rows)
    if grain == "call":
        assert built.value(rows) > sample_build.value(rows)


@pytest.mark.parametrize("spec", ["1.4", "1.3", "1.2", "1.1"])
def test_all_formats_and_versions_hold_the_same_money(sample_build, tmp_path, spec):
    rows = sample_build.value("select count(*) from charge")
    source = {
        currency: sums
        for currency, *sums in sample_build.rows(
            "select billing_currency, sum(billed_cost), sum(effective_cost), sum(list_cost)"
            " from charge group by all"
        )
    }
    assert source.keys() == {"EUR", "USD"}
    for fmt in ("parquet", "csv", "json", "ndjson"):
        result = export(sample_build.db, spec, fmt, tmp_path / f"x.{fmt}")
        totals = {currency: [*sums.values()] for currency, sums in result.totals.items()}
        assert (result.rows, totals) == (rows, source), fmt


def with_removed_columns(parquet: Path) -> Path:
    """The file with the two columns that 1.4 removed and its model still asks for."""
    out = parquet.with_name("with_removed_columns.parquet")
    duckdb.execute(
        f'copy (select *, "ServiceProviderName" as "ProviderName", '
        f"\"ServiceProviderName\" as \"PublisherName\" from '{parquet}') to '{out}'"
    )
    return out


def test_official_validator_passes_without_the_rows_that_no_file_can_get_right(
    sample_build, tmp_path
):
    """The model as it is, without tax rows and with the removed columns: nothing at all.

    What it says of the whole file, and why, is in test_coverage.
    """
    parquet = tmp_path / "focus_1_4.parquet"
    export(sample_build.db, "1.4", "parquet", parquet)
    whole, without_tax = with_removed_columns(parquet), tmp_path / "without_tax.parquet"
    duckdb.execute(
        f"copy (select * from '{whole}' where \"SkuPriceId\" is not null) to '{without_tax}'"
    )
    result = validate(without_tax, "1.4")
    if not result.ran:
        pytest.skip(result.message)
    assert result.failed == 0
    assert result.passed >= 420


# Official rule -> its condition as its sentence has it; None where no condition on columns can.
MEANT = {
    "1.4": {
        "CAU-PricingCurrencyContractedUnitPrice-C-012-C": {
            "CheckFunction": "CheckNotValue",
            "ColumnName": "SkuPriceId",
            "Value": None,
        },
    },
    "1.2": {
        "CapacityReservationStatus-C-004-C": {
            "CheckFunction": "CheckNotValue",
            "ColumnName": "CapacityReservationId",
            "Value": None,
        },
        "CommitmentDiscountStatus-C-004-C": {
            "CheckFunction": "AND",
            "Items": [
                {
                    "CheckFunction": "CheckNotValue",
                    "ColumnName": "CommitmentDiscountId",
                    "Value": None,
                },
                {"CheckFunction": "CheckValue", "ColumnName": "ChargeCategory", "Value": "Usage"},
            ],
        },
        "EffectiveCost-C-005-C": {
            "CheckFunction": "AND",
            "Items": [
                {
                    "CheckFunction": "CheckValue",
                    "ColumnName": "ChargeCategory",
                    "Value": "Purchase",
                },
                {
                    "CheckFunction": "CheckNotValue",
                    "ColumnName": "CommitmentDiscountId",
                    "Value": None,
                },
            ],
        },
        # Whether a charge stands on an invoice is known by its InvoiceId alone.
        "InvoiceId-C-004-C": {
            "CheckFunction": "CheckValue",
            "ColumnName": "InvoiceId",
            "Value": None,
        },
        "InvoiceId-C-005-C": {
            "CheckFunction": "CheckNotValue",
            "ColumnName": "InvoiceId",
            "Value": None,
        },
    },
}


def check_official(built, tmp_path, version):
    """All five charge categories and corrections, every rule of the model, zero failures."""
    folder = _model_folder(version, None, Path(focus_validator.__file__).parents[1])
    if folder is None:
        pytest.skip(f"SKIPPED: the official {version} model file is not at hand")
    parquet = tmp_path / "focus.parquet"
    export(built.db, version, "parquet", parquet)
    kinds = duckdb.execute(
        f'select distinct "ChargeCategory", "ChargeClass" from \'{parquet}\''
    ).fetchall()
    assert {kind for kind, _ in kinds} == {"Usage", "Purchase", "Tax", "Credit", "Adjustment"}
    assert "Correction" in {class_ for _, class_ in kinds}
    if version == "1.4":
        parquet = with_removed_columns(parquet)
    (model,) = folder.glob(f"model-{version}*.json")
    content = json.loads(model.read_text(encoding="utf-8"))
    for rule, condition in MEANT[version].items():
        content["ModelRules"][rule]["ValidationCriteria"]["Condition"] = condition
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / model.name).write_text(json.dumps(content), encoding="utf-8")
    result = validate(parquet, version, model_dir=tmp_path / "model")
    assert result.ran
    assert result.failed_rule_ids == ()


@pytest.mark.parametrize("version", MEANT)
def test_with_its_misspelled_conditions_put_right_the_model_finds_nothing(
    sample_build, tmp_path, version
):
    check_official(sample_build, tmp_path, version)


@pytest.mark.parametrize("version", MEANT)
def test_nor_at_finer_grain(grain_build, tmp_path, version):
    check_official(grain_build[1], tmp_path, version)


def test_landing_everything_again_changes_no_total(sample_build, build, tmp_path):
    """Each file twice more: the same bytes, and unzipped, when it is only seen by its records."""
    landing = tmp_path / "landing"
    shutil.copytree(SAMPLE, landing)
    for path in [p for p in landing.rglob("*") if p.is_file() and p.suffix != ".md"]:
        shutil.copy(path, path.with_name(f"again-{path.name}"))
        if path.suffix == ".gz":
            try:
                content = gzip.decompress(path.read_bytes())
            except EOFError:
                continue
            path.with_name(f"unzipped-{path.name.removesuffix('.gz')}").write_bytes(content)
    built = build(landing, *CHARGES_ALONE)
    assert built.rows(COSTS) == sample_build.rows(COSTS)
    for total in (
        "select sum(quantity), count(*) from usage",
        "select sum(net_amount), count(*) from bill_lines",
        "select sum(billed_amount), count(*) from focus_lines",
        "select sum(seat_months), sum(pricing_quantity), count(*) from priced_seats",
        "select count(*) from seat_activity",
        "select sum(quantity), count(*) from outcomes",
        "select sum(quantity), count(*) from unpriced_usage",
    ):
        assert built.rows(total) == sample_build.rows(total), total


@pytest.mark.parametrize(
    "absent",
    [VENDORS[::2], VENDORS[1::2]],
    ids=["every other", "the others"],
)
def test_any_vendor_may_be_absent(sample_build, build, tmp_path, absent):
    """Services that none of the absent vendors told anything about cost what they cost before."""
    landing = tmp_path / "landing"
    shutil.copytree(SAMPLE, landing)
    for vendor in absent:
        shutil.rmtree(landing / vendor)
    # What is left may well be unpriced for the greater part.
    built = build(landing, *WITHOUT_RULES, "unpriced_share_is_small")
    told = sample_build.rows(
        "select distinct service, split_part(source_dataset, '/', 1) from billing_sources"
    )
    touched = {service for service, vendor in told if vendor in absent}
    untouched = {service for service, _ in told} - touched
    assert untouched, "nothing is left to compare"
    query = "select service, sum(billed_cost), sum(list_cost), count(*) from charge group by all"
    before, after = ({row[0]: row for row in b.rows(query)} for b in (sample_build, built))
    for service in untouched:
        assert after.get(service) == before.get(service), service
    present = {row[0] for row in built.rows("select distinct x_source_dataset from charge")}
    assert not {dataset for dataset in present if dataset.partition("/")[0] in absent}


# Columns that are null on the whole sample: it has no reserved capacity, closes no month, and has
# five months of data. Anything else is said and not done.
NULL_ON_THE_SAMPLE = {
    ("budget_status", "carried_forward"),
    ("charge", "availability_zone"),
    ("charge", "capacity_reservation_id"),
    ("charge", "capacity_reservation_status"),
    ("charge", "corrected_billing_month"),
    ("charge", "corrected_charge_id"),
    ("charge", "correction_cause"),
    ("charge", "correction_entry"),
    ("measured_usage", "inference_geo"),
    ("spend_metrics", "previous_three_month_cost"),
    ("spend_metrics", "three_month_change_share"),
    *(
        (f"focus_1_{version}__cost_and_usage", column)
        for version in range(1, 5)
        for column in ("AvailabilityZone", "CapacityReservationId", "CapacityReservationStatus")
    ),
}


def test_columns_that_are_null_on_the_whole_sample_say_when_they_are_filled(sample_build):
    """charge, FOCUS in all versions, marts. A table without rows says nothing of its columns."""
    manifest = json.loads((sample_build.folder / "target" / "manifest.json").read_text("utf-8"))
    found = {}
    with duckdb.connect(sample_build.db, read_only=True) as connection:
        for model in manifest["nodes"].values():
            if model["resource_type"] != "model" or not (
                model["name"] == "charge" or model["fqn"][1] in ("focus", "marts")
            ):
                continue
            counts = ", ".join(f'count("{column}")' for column in model["columns"])
            rows, *filled = connection.execute(
                f'select count(*), {counts} from "{model["name"]}"'
            ).fetchone()
            found |= {
                (model["name"], column): described["description"]
                for (column, described), count in zip(model["columns"].items(), filled, strict=True)
                if rows and not count
            }
    assert set(found) == NULL_ON_THE_SAMPLE
    silent = [
        key for key, words in found.items() if not re.search(r"\b(?:[Nn]ull|Filled) \w+", words)
    ]
    assert silent == []


def test_the_use_of_seats_stands_on_their_charges_in_every_version(sample_build):
    """Each charged seat and month whose use ghost_seats knows has it on its charge."""
    known = sample_build.rows(
        """
        select seat_id, month_start, cast(utilisation as decimal(9, 8))
        from ghost_seats
        where utilisation is not null and effective_cost is not null
        order by all
        """
    )
    assert len(known) > 30
    for version in ("1_1", "1_2", "1_3", "1_4"):
        assert known == sample_build.rows(
            f"""
            select
                "ResourceId", cast("ChargePeriodStart" as date) as month_start,
                "x_UtilisationPct"
            from focus_{version}__cost_and_usage
            where "x_UtilisationPct" is not null
            order by all
            """
        ), version
