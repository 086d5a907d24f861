"""Whatever bills, logs, rules and currencies come: sharing out loses nothing and makes nothing.

The models of models/core/allocation run, as dbt compiled them, on random companies: each example is
a hundred services, each of them one case with bill lines, a log, rules and a currency of its own.
"""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal, localcontext
from fractions import Fraction

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CASES = 100
EXAMPLES = 22  # 2,200 cases, each in two orders of input
MODELS = (
    "usage_allocations",
    "rule_allocations",
    "allocations",
    "divided_lines",
    "allocated_lines",
)
MEASURES = (
    "billed_cost",
    "effective_cost",
    "list_cost",
    "contracted_cost",
    "pricing_currency_effective_cost",
    "pricing_quantity",
    "consumed_quantity",
    "commitment_discount_quantity",
)
INPUTS = {
    "main": ("covered_lines", "allocation_keys", "attribution"),
    "seeds": ("datasets", "allocation_rules", "allocation_shares", "allocation_metrics"),
}
DEPARTMENTS = ("engineering", "sales", "finance")
METHODS = ("proportional to cost", "proportional to tokens", "even", "fixed", "metric")
MONTH, DAYS = "2026-08-01", ("2026-08-01", "2026-08-02", "2026-08-03")
WHOLE = 10**12


def amount(rng: random.Random) -> Decimal:
    """Money of any size that the project can hold: 18 digits after the point, either sign, 0."""
    size = rng.choice((0, 1, 10**6, 10**12, 10**18, 10**24, 10**28))
    return Decimal(rng.randint(-size // 10, size)).scaleb(-18)


def company(seed: int) -> dict[str, list[dict]]:
    """The input tables of CASES services, and nothing that one of them could share with another."""
    rng = random.Random(seed)
    tables: dict[str, list[dict]] = defaultdict(list)
    for source, evidence in (
        ("acme/bill", "bill"),
        ("acme/log", "gateway log"),
        ("b/log", "trace"),
    ):
        tables["datasets"].append(
            {"source_dataset": source, "evidence": evidence, "evidence_rank": str(len(source))}
        )
    for case in range(CASES):
        add_case(rng, f"s{case}", tables)
    return tables


def add_case(rng: random.Random, service: str, tables: dict[str, list[dict]]) -> None:
    currency = rng.choice(("USD", "EUR", "JPY"))
    owners = ["nobody", *(f"{service}-{n}" for n in range(rng.randint(0, 4)))]
    for owner in owners:
        department = None if owner == "nobody" else rng.choice((*DEPARTMENTS, None))
        if owner != "nobody" or service == "s0":
            tables["attribution"].append(
                {
                    "evidence_key": owner,
                    "owner_key": owner,
                    "department_id": department,
                    "department_name": department or "Unattributed",
                    "person": rng.choice((None, f"p-{owner}")) if department else None,
                }
            )
    for number in range(rng.randint(1, 4)):
        tables["covered_lines"].append(bill_line(rng, f"{service}/{number}", service, currency))
    for _ in range(rng.randint(0, 6)):
        tables["allocation_keys"].append(log_row(rng, service, currency, owners))
    if rng.random() < 0.6:
        add_rule(rng, service, tables)
        # What follows cost or tokens needs somebody with cost and tokens.
        for department in DEPARTMENTS[: rng.randint(0, 3)]:
            line = bill_line(rng, f"{service}/{department}", service, currency)
            line |= {"evidence_key": f"t-{department}", "charge_category": "Purchase"}
            tables["covered_lines"].append(line)


def bill_line(rng: random.Random, name: str, service: str, currency: str) -> dict:
    quantity = rng.choice((None, Decimal(rng.randint(0, 10 ** rng.randint(0, 12)))))
    day = rng.randrange(2)
    line = {
        "charge_id": name,
        "x_source_dataset": "acme/bill",
        "service": service,
        "sub_account_id": rng.choice((None, "p1", "p2")),
        "billing_account_id": rng.choice(("a", "b")),
        "evidence_key": "nobody",
        "charge_scope": "usage",
        "charge_category": rng.choice(("Usage", "Usage", "Usage", "Tax", "Credit")),
        "billing_period_start": MONTH,
        "charge_period_start": DAYS[day],
        "charge_period_end": DAYS[day + 1],
        "x_ai_model": rng.choice(("Nova", "Nova", "Nova", "Vega")),
        "meter": rng.choice(("input_tokens", "input_tokens", "output_tokens", None)),
        "service_tier": "standard",
        "token_column": "input",
        "billing_currency": currency,
        "consumed_quantity": quantity,
        "consumed_unit": "Tokens" if quantity is not None else currency,
        "billed_cost": amount(rng),
        "commitment_discount_quantity": rng.choice((None, Decimal(rng.randint(0, 10**6)))),
    }
    line["list_cost"] = line["contracted_cost"] = line["billed_cost"]
    if rng.random() < 0.5:
        priced = Decimal(rng.randint(0, 10 ** rng.randint(1, 17))).scaleb(-10)
        list_price = Decimal(rng.randint(0, 10 ** rng.randint(1, 12))).scaleb(-8)
        contracted = rng.choice((list_price, (list_price / 2).quantize(Decimal("1e-8"))))
        line |= {
            "pricing_quantity": priced,
            "list_unit_price": list_price,
            "contracted_unit_price": contracted,
            "list_cost": list_price * priced,
            "contracted_cost": contracted * priced,
        }
        if rng.random() < 0.7:
            line["billed_cost"] = line["contracted_cost"]
    line["effective_cost"] = rng.choice((line["billed_cost"], amount(rng)))
    line["pricing_currency_effective_cost"] = rng.choice((line["effective_cost"], amount(rng)))
    return line


def log_row(rng: random.Random, service: str, currency: str, owners: list[str]) -> dict:
    return {
        "source_dataset": rng.choice(("acme/log", "acme/log", "b/log")),
        "service": service,
        "sub_account_id": rng.choice((None, None, "p1")),
        "used_on": rng.choice(DAYS[:2]),
        "model_key": rng.choice(("nova", "nova", "nova", "vega")),
        "meter": rng.choice(("input_tokens", "input_tokens", "output_tokens")),
        "service_tier": "standard",
        "evidence_key": rng.choice(owners),
        "feature": rng.choice((None, "search")),
        "unit": "Tokens",
        "quantity": rng.choice((None, *(Decimal(rng.randint(0, 10 ** rng.randint(0, 12))),) * 4)),
        "currency": rng.choice((currency, currency, currency, "GBP")),
        "usage_cost": rng.choice((None, *(abs(amount(rng)) for _ in range(4)))),
    }


def add_rule(rng: random.Random, service: str, tables: dict[str, list[dict]]) -> None:
    method = rng.choice(METHODS)
    tables["allocation_rules"].append(
        {
            "rule_order": "1",
            "rule_id": f"r-{service}",
            "service": service,
            "charge_category": rng.choice((None, "Usage", "Tax")),
            "method": method,
            "weights_from": rng.choice(("service", "billing account")),
            "metric": f"m-{service}" if method == "metric" else None,
        }
    )
    left = 10**8
    for department in DEPARTMENTS:
        share = rng.randint(0, left)
        left -= share
        tables["allocation_shares"].append(
            {
                "rule_id": f"r-{service}",
                "department_id": department,
                "share": Decimal(share).scaleb(-8),
            }
        )
        tables["allocation_metrics"].append(
            {
                "metric": f"m-{service}",
                "billing_month": MONTH,
                "department_id": department,
                "quantity": Decimal(rng.randint(0, 10**10)).scaleb(-4),
            }
        )


@pytest.fixture(autouse=True)
def every_digit():
    """Python's decimals keep 28 digits by themselves, the project's money has 38."""
    with localcontext(prec=80):
        yield


@pytest.fixture(scope="module")
def compiled(sample_build) -> dict[str, str]:
    folder = sample_build.folder / "target" / "compiled" / "ai_spend" / "models" / "core"
    return {
        model: (folder / "allocation" / f"{model}.sql").read_text(encoding="utf-8")
        for model in MODELS
    }


@pytest.fixture(scope="module")
def company_db(sample_build):
    """An empty company: the input tables with the columns and types of the sample's."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{sample_build.db}' as built (read_only)")
        connection.execute("attach ':memory:' as ai_spend")
        connection.execute("create schema ai_spend.seeds")
        for schema, tables in INPUTS.items():
            for table in tables:
                # A view would look for its tables here; it has the columns of charge_lines.
                like = "charge_lines" if table == "covered_lines" else table
                connection.execute(
                    f"create table ai_spend.{schema}.{table} as from built.{schema}.{like} limit 0"
                )
        connection.execute("detach built")
        targets = " union all ".join(
            f"select date '{MONTH}' as billing_month, '{name}' as department_id, "
            f"'t-{name}' as evidence_key"
            for name in DEPARTMENTS
        )
        connection.execute(f"create table ai_spend.main.allocation_targets as {targets}")
        # Nobody changes department here: that is divided by days, by a model of its own.
        connection.execute(
            "create table ai_spend.main.day_allocations (charge_id varchar, owner_key varchar, "
            "feature varchar, evidence_key varchar, ratio_units bigint, day_count bigint)"
        )
        yield connection


def allocated(db, compiled, tables: dict[str, list[dict]], order: random.Random) -> dict[str, list]:
    """Parts and lines that the models make of the tables, whose rows come in the given order."""
    targets = [
        {"evidence_key": f"t-{name}", "owner_key": f"t-{name}", "department_id": name,
         "department_name": name}
        for name in DEPARTMENTS
    ]  # fmt: skip
    for schema, names in INPUTS.items():
        for table in names:
            rows = tables[table] + (targets if table == "attribution" else [])
            columns = sorted({column for row in rows for column in row})
            texts = [
                {c: None if row.get(c) is None else str(row[c]) for c in columns} for row in rows
            ]
            order.shuffle(texts)
            db.execute(f"truncate ai_spend.{schema}.{table}")
            if texts:
                landed = pa.Table.from_pylist(
                    texts, schema=pa.schema([(c, pa.string()) for c in columns])
                )
                db.register("landed", landed)
                db.execute(f"insert into ai_spend.{schema}.{table} by name from landed")
    for model in MODELS:
        db.execute(f"create or replace table ai_spend.main.{model} as {compiled[model]}")
    return {
        "parts": db.execute(
            "select charge_id, part_id, ratio_units, evidence_key from ai_spend.main.allocations "
            "order by all"
        ).fetchall(),
        "lines": db.execute(
            f"select coalesce(a.charge_id, l.charge_id), l.charge_id, {', '.join(MEASURES)}, "
            "l.list_unit_price, l.contracted_unit_price "
            "from ai_spend.main.allocated_lines as l "
            "left join ai_spend.main.allocations as a on l.charge_id = a.part_id order by all"
        ).fetchall(),
        "usage": db.execute(
            "select charge_id, owner_key, feature, ratio_units, key_dataset "
            "from ai_spend.main.usage_allocations order by all"
        ).fetchall(),
    }


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_parts_sum_to_their_line_whatever_comes_in_whatever_order(company_db, compiled, seed):
    tables = company(seed)
    found = allocated(company_db, compiled, tables, random.Random(1))
    again = allocated(company_db, compiled, tables, random.Random(2))
    assert found == again, "the order of input matters"

    origin = {line["charge_id"]: line for line in tables["covered_lines"]}
    parts = defaultdict(list)
    for line_id, part_id, *values in found["lines"]:
        parts[line_id].append((part_id, dict(zip((*MEASURES, "list", "contracted"), values))))  # noqa: B905
    assert set(parts) == set(origin)
    for line_id, line in origin.items():
        for measure in MEASURES:
            values = [part[measure] for _, part in parts[line_id]]
            if line.get(measure) is None:
                assert values == [None] * len(values)
                continue
            assert sum(values) == line[measure], (line_id, measure)
            assert all(v == 0 or (v < 0) == (line[measure] < 0) for v in values), (line_id, measure)
        for _, part in parts[line_id]:
            if line.get("list_unit_price") is not None:
                assert part["list"] * part["pricing_quantity"] == part["list_cost"]
                assert part["contracted"] * part["pricing_quantity"] == part["contracted_cost"]

    ratios = defaultdict(int)
    for charge_id, _, units, _ in found["parts"]:
        assert units > 0
        ratios[charge_id] += units
    assert set(ratios.values()) <= {WHOLE}
    assert ratios, "no case was divided at all"


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_an_owner_has_the_share_that_the_log_shows_and_no_more(company_db, compiled, seed):
    """Reckoned again in fractions, of lines in one meter: own quantity / max(billed, logged)."""
    tables = company(seed)
    found = allocated(company_db, compiled, tables, random.Random(0))
    keys, compared = tables["allocation_keys"], 0
    known = {row["evidence_key"]: row["department_id"] is not None for row in tables["attribution"]}
    for charge_id, owner, feature, units, source in found["usage"]:
        line = next(line for line in tables["covered_lines"] if line["charge_id"] == charge_id)
        log = [k for k in keys if k["service"] == line["service"] and k["source_dataset"] == source]
        projects = any(k["sub_account_id"] for k in log)
        project = line["sub_account_id"] if projects else None
        same = ("charge_period_start", "x_ai_model", "meter", "consumed_unit")
        ground = [
            other
            for other in tables["covered_lines"]
            if other["service"] == line["service"]
            and other["charge_category"] == "Usage"
            and all(other[c] == line[c] for c in same)
            and (not projects or other["sub_account_id"] == project)
        ]
        log = [
            k
            for k in log
            if k["used_on"] == line["charge_period_start"]
            and k["model_key"] == line["x_ai_model"].lower()
            and k["meter"] == line["meter"]
            and (project is None or k["sub_account_id"] in (None, project))
        ]
        by_quantity = line["consumed_unit"] == "Tokens" and all(
            k["quantity"] is not None for k in log
        )
        if owner is None or line["meter"] is None or not by_quantity:
            continue
        billed = sum(other["consumed_quantity"] for other in ground)
        logged = sum(k["quantity"] for k in log)
        own = sum(
            k["quantity"] for k in log if (k["evidence_key"], k["feature"]) == (owner, feature)
        )
        assert known[owner] or feature
        exact = Fraction(own) / Fraction(max(billed, logged))
        assert abs(Fraction(units, WHOLE) - exact) < Fraction(1, WHOLE), charge_id
        compared += 1
    assert compared > 5
