"""Commitments over random lines: what a plain loop in Python draws is what the SQL draws.

The loop goes through the lines and asks each which balance pays; the SQL goes through the balances.
Each case is a service of its own, so that thousands of them are one query. All amounts are exact.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

D = Decimal
CASES = 2_000
START = datetime(2026, 1, 1)
MODELS = ("commitment_balances", "commitment_draws", "commitment_lines", "covered_lines")
# Mostly the same ones, so that most lines meet a commitment.
ACCOUNTS, CURRENCIES = ["A-1"] * 5 + ["A-2"], ["USD"] * 5 + ["EUR"]


def amount(rng: random.Random, most: int) -> Decimal:
    """Anything from round sums to eighteen decimals."""
    places = rng.choice([0, 2, 10, 18])
    return D(rng.randint(1, most * 10**places)).scaleb(-places)


def random_lines(rng: random.Random, service: str) -> list[dict]:
    lines = []
    for n in range(rng.randint(0, 9)):
        unit_price = D(rng.randint(1, 10**6)).scaleb(-rng.choice([4, 6, 8]))
        quantity = D(rng.randint(1, 10**8)).scaleb(-rng.choice([7, 8, 10]))
        cost = rng.choice([unit_price * quantity, amount(rng, 40)])
        lines.append(
            {
                "charge_id": f"{service}/{rng.randint(0, 99):02}/{n}",
                "service": service,
                "charge_scope": "usage",
                "evidence_key": "k",
                "billing_account_id": rng.choice(ACCOUNTS),
                "billing_currency": (currency := rng.choice(CURRENCIES)),
                "pricing_currency": currency,
                "charge_category": rng.choice(["Usage"] * 8 + ["Purchase", "Tax"]),
                "charge_class": rng.choice([None] * 9 + ["Correction"]),
                "charge_period_start": START + timedelta(days=rng.randint(0, 12)),
                "billed_cost": (billed := rng.choice([cost] * 8 + [D(0), -cost])),
                "effective_cost": billed,
                "list_unit_price": unit_price,
                "contracted_unit_price": unit_price,
                "pricing_quantity": quantity,
                "consumed_quantity": quantity * 1_000_000,
                "list_cost": unit_price * quantity,
                "contracted_cost": unit_price * quantity,
            }
        )
    return lines


def random_contracts(rng: random.Random, service: str) -> list[dict]:
    contracts = []
    for n in range(rng.randint(0, 4)):
        start = START + timedelta(days=rng.randint(-1, 6))
        model = rng.choice(["All Upfront", "No Upfront", "Partial Upfront"])
        contracts.append(
            {
                "service": service,
                "contract_id": "C",
                "contract_commitment_id": f"{service}-{rng.randint(0, 9)}{n}",
                "contract_commitment_type": "Credit",
                "contract_commitment_description": "A credit",
                "billing_account_id": rng.choice(ACCOUNTS),
                "billing_currency": rng.choice(CURRENCIES),
                "commitment_cost": D(rng.randint(1, 6 * 10**10)).scaleb(-rng.choice([9, 10])),
                "payment_model": model,
                "payment_upfront_percentage": D(rng.randint(1, 10**8 - 1)).scaleb(-8)
                if model == "Partial Upfront"
                else None,
                "commitment_start": start.date(),
                "commitment_end": (start + timedelta(days=rng.randint(3, 14))).date(),
                "drawn_down": rng.random() < 0.9,
            }
        )
    return contracts


def balances_of(contracts: list[dict]) -> list[dict]:
    """What can be drawn, in turn: prepaid first, then by end, start and id."""
    found = []
    for c in contracts:
        share = {"All Upfront": D(1), "No Upfront": D(0)}.get(
            c["payment_model"], c["payment_upfront_percentage"]
        )
        paid = c["commitment_cost"] * share
        for is_prepaid, money in ((True, paid), (False, c["commitment_cost"] - paid)):
            if c["drawn_down"] and money:
                found.append({"contract": c, "is_prepaid": is_prepaid, "left": money})
    return sorted(
        found,
        key=lambda b: (
            not b["is_prepaid"],
            *(b["contract"][f"commitment_{edge}"] for edge in ("end", "start")),
            b["contract"]["contract_commitment_id"],
        ),
    )


def drawn_by_hand(lines: list[dict], contracts: list[dict]) -> dict[tuple, Decimal]:
    """Line, commitment, whether prepaid -> drawn, line by line."""
    balances, drawn = balances_of(contracts), {}
    # Of lines of one time by what they are: the id is the last of it.
    for line in sorted(
        lines,
        key=lambda r: (
            r["charge_period_start"],
            f"{r['evidence_key']}\x1f\x1f{r['billed_cost']:.18f}\x1f{r['charge_id']}",
        ),
    ):
        if line["charge_category"] != "Usage" or line["charge_class"] or line["billed_cost"] <= 0:
            continue
        open_cost = line["billed_cost"]
        for balance in balances:
            c = balance["contract"]
            same = all(
                c[k] == line[k] for k in ("service", "billing_account_id", "billing_currency")
            )
            day = line["charge_period_start"].date()
            taken = min(open_cost, balance["left"])
            if same and c["commitment_start"] <= day < c["commitment_end"] and taken:
                key = (line["charge_id"], c["contract_commitment_id"], balance["is_prepaid"])
                drawn[key] = taken
                balance["left"] -= taken
                open_cost -= taken
    return drawn


@pytest.fixture(scope="module")
def drawn_down(sample_build, tmp_path_factory):
    """All cases in one database of their own, through the SQL of the models as dbt compiled it."""
    rng = random.Random(20260501)
    names = [f"s{n:04}" for n in range(CASES)]
    lines = [line for name in names for line in random_lines(rng, name)]
    contracts = [contract for name in names for contract in random_contracts(rng, name)]
    services = [
        {"service": name, "service_name": name, "invoice_issuer_name": "V"} for name in names
    ]
    folder = tmp_path_factory.mktemp("random")
    con = duckdb.connect()
    con.execute(f"attach '{sample_build.db}' as built (read_only)")
    con.execute("attach ':memory:' as ai_spend; create schema ai_spend.seeds; use ai_spend")
    for table, rows in (
        ("main.charge_lines", lines), ("seeds.contracts", contracts), ("seeds.services", services),
    ):  # fmt: skip
        con.execute(f"create table {table} as from built.{table} limit 0")
        shuffled = rng.sample(rows, len(rows))
        path = folder / f"{table}.jsonl"
        path.write_text("".join(json.dumps(row, default=str) + "\n" for row in shuffled))
        types = ", ".join(f"{name}: 'varchar'" for name in rows[0])
        con.execute(f"insert into {table} by name from read_json('{path}', columns = {{{types}}})")
    # What is over is seen from the newest charge, of whatever service.
    con.execute(
        """
        create table main.data_ends as
        select
            services.service,
            ends.day as used_until,
            ends.day as known_until,
            ends.day as newest_day
        from seeds.services as services
        cross join (
            select cast(max(charge_period_start) as date) as day from main.charge_lines
        ) as ends
        """
    )
    compiled = sample_build.folder / "target" / "compiled" / "ai_spend" / "models" / "core"
    for model in MODELS:
        sql = (compiled / f"{model}.sql").read_text(encoding="utf-8")
        con.execute(f"create table main.{model} as {sql}")
    yield con, lines, contracts
    con.close()


def test_the_models_draw_what_a_loop_draws(drawn_down):
    con, lines, contracts = drawn_down
    of_case = defaultdict(lambda: ([], []))
    for n, rows in enumerate((lines, contracts)):
        for row in rows:
            of_case[row["service"]][n].append(row)
    expected = {}
    for case_lines, case_contracts in of_case.values():
        expected |= drawn_by_hand(case_lines, case_contracts)
    found = con.execute(
        "select charge_id, contract_commitment_id, is_prepaid, drawn_cost from commitment_draws"
    ).fetchall()
    assert len(found) == len(expected) > CASES
    assert {tuple(row[:3]): row[3] for row in found} == expected
    # The interesting cases are among them: lines with several parts, and parts of several balances.
    paid = defaultdict(int)
    for line, _, is_prepaid in expected:
        paid[line] += is_prepaid
    assert sum(count > 1 for count in paid.values()) > 20


def test_parts_are_the_line_and_nothing_turns_negative(drawn_down):
    con, _, _ = drawn_down
    faults = con.execute(
        """
        with parts as (
            select
                lines.charge_id,
                any_value(lines) as line,
                count(*) as parts,
                sum(part.billed_cost) as billed,
                sum(if(part.billed_cost = 0, part.effective_cost, 0)) as covered,
                sum(part.effective_cost) as effective,
                sum(part.list_cost) as listed,
                sum(part.pricing_quantity) as priced,
                sum(part.consumed_quantity) as consumed,
                min(part.effective_cost) as least_cost,
                min(least(part.pricing_quantity, part.consumed_quantity)) as least_quantity,
                bool_and(part.list_cost = part.list_unit_price * part.pricing_quantity) as exact
            from charge_lines as lines
            left join covered_lines as part
                on split_part(part.charge_id, '/s', 1) = lines.charge_id
            where part.charge_scope = 'usage'
            group by lines.charge_id
        )
        select * from parts
        where
            effective != line.effective_cost
            or billed + covered != line.billed_cost
            or listed != line.list_cost
            or priced != line.pricing_quantity
            or consumed != line.consumed_quantity
            or not exact
            or least_quantity < 0
            or (least_cost < 0 and line.billed_cost >= 0)
        """
    ).fetchall()
    assert not faults, faults[:3]
    lines, kept = con.execute(
        """
        select
            (select count(*) from charge_lines),
            count(distinct if(charge_scope = 'usage', split_part(charge_id, '/s', 1), null))
        from covered_lines
        """
    ).fetchone()
    assert lines == kept


def test_a_prepayment_is_effective_for_what_it_cost_once_it_is_over(drawn_down):
    con, lines, contracts = drawn_down
    last = max(line["charge_period_start"] for line in lines).date()
    found = {
        row[0]: row[1:]
        for row in con.execute(
            """
            select
                commitment_discount_id,
                sum(billed_cost) filter (charge_category = 'Purchase'),
                sum(billed_cost) filter (charge_category != 'Purchase'),
                coalesce(sum(effective_cost) filter (commitment_discount_status = 'Used'), 0),
                coalesce(sum(effective_cost) filter (commitment_discount_status = 'Unused'), 0)
            from covered_lines where commitment_discount_id is not null group by all
            """
        ).fetchall()
    }
    prepaid = {
        b["contract"]["contract_commitment_id"]: (b["left"], b["contract"])
        for b in balances_of(contracts)
        if b["is_prepaid"] and b["contract"]["commitment_start"] <= last
    }
    assert found.keys() == prepaid.keys()
    for name, (paid, contract) in prepaid.items():
        bought, billed_again, used, unused = found[name]
        assert bought == paid, name
        assert not billed_again, name
        if contract["commitment_end"] <= last:
            assert used + unused == paid, name
        else:
            assert unused == 0 and used <= paid, name
