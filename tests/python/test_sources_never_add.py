"""Gateway, vendor's report and bill of the same calls never add: per vendor, each pair and three.

What the sample's folders tell of a service is laid into one month, October 2026, as if all of it
were the same calls: each source alone, each pair and each three of them, every set in an account of
its own. One build of the models behind the shapes then proves all sets of all vendors. What a set
costs must be what one of its sources costs alone: a bill where there is one, else a log.

Only days of a source that are few enough to be quick are taken; a source is no less one for that.
Where the sample has no gateway in front of a vendor, its call log is told once more as a gateway
would, at 0.01 a row.
"""

import csv
import shutil
from collections import defaultdict
from itertools import combinations

import duckdb
import pytest
from conftest import PROJECT, SAMPLE, Built, dbt, parsed_project

# Shape -> columns of its times (the first decides the month) and of its ids.
SHAPES = {
    "usage": (("started_at", "ended_at"), ("usage_id", "record_id")),
    "bill_lines": (("period_start", "period_end"), ("bill_line_id", "record_id")),
    "focus_lines": (
        ("period_start", "period_end", "billing_period_start", "billing_period_end"),
        ("focus_line_id", "record_id"),
    ),
}
MONTH = "timestamp '2026-10-01'"
DAYS = {"usage": 3, "bill_lines": 31, "focus_lines": 3}
# Vendors that several exports of the sample tell of, and how many sources each has at least.
VENDORS = {
    "openai_api": 4,
    "claude_api": 4,
    "azure_openai": 4,
    "aws_bedrock": 4,
    "google_vertex": 4,
    "cursor": 2,
    "github_copilot": 2,
    "chatgpt": 2,
    "claude_workspace": 3,
    "openrouter_api": 3,
    "ibm_watsonx": 3,
    "cohere_api": 2,
    "mistral_api": 2,
}
RETOLD = {
    "azure_openai": "azure_openai/request_usage",
    "aws_bedrock": "aws_bedrock/invocation_logs",
    "google_vertex": "google_vertex/request_logs",
}
GATEWAY = "litellm/spend_logs"
MOST_SOURCES = 6


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


EVIDENCE = {row["source_dataset"]: row["evidence"] for row in seed("datasets")}
GROUP = {row["source_dataset"]: row["basis_group"] for row in seed("complementary_datasets")}


def best_class(sources: tuple[str, ...]) -> list[str]:
    """Those of the sources that may carry money: bills, else logs, else signs of activity."""
    by_class = defaultdict(list)
    for source in sources:
        by_class[{"bill": 1, "activity": 3}.get(EVIDENCE[source], 2)].append(source)
    return by_class[min(by_class)]


def lay_together(db) -> dict[str, dict[str, tuple[str, ...]]]:
    """Rewrite the shapes of a build: service -> account -> the sources that tell of it."""
    with duckdb.connect(db) as connection:
        connection.execute(f"set variable month = {MONTH}")
        for shape, (times, _) in SHAPES.items():
            only_usage = "where charge_scope = 'usage'" if shape == "bill_lines" else ""
            moved = ", ".join(
                f"{time} - date_trunc('month', {times[0]}) + getvariable('month') as {time}"
                for time in times[:2]
            )
            if shape == "focus_lines":
                moved += (
                    ", getvariable('month') as billing_period_start"
                    ", getvariable('month') + interval 1 month as billing_period_end"
                )
            # The fullest month of a source, and of it the first days that have rows.
            connection.execute(
                f"""
                create table told_{shape} as
                with counted as (
                    select
                        *,
                        date_trunc('month', {times[0]}) as month,
                        count(*) over (
                            partition by service, source_dataset, date_trunc('month', {times[0]})
                        ) as month_rows
                    from {shape} {only_usage}
                ),
                numbered as (
                    select
                        *,
                        dense_rank() over (
                            partition by service, source_dataset order by month_rows desc, month
                        ) as month_number
                    from counted
                ),
                dated as (
                    select
                        *,
                        dense_rank() over (
                            partition by service, source_dataset order by cast({times[0]} as date)
                        ) as day_number
                    from numbered where month_number = 1
                )
                select * exclude (month, month_rows, month_number, day_number)
                    replace ({moved})
                from dated where day_number <= {DAYS[shape]}
                """
            )
            connection.execute(f"delete from {shape}")
        for service, log in RETOLD.items():
            connection.execute(
                f"""
                insert into told_usage
                select * replace (
                    '{GATEWAY}' as source_dataset, 'again-' || usage_id as usage_id,
                    'again-' || record_id as record_id,
                    cast(0.01 as decimal(38, 18)) as stated_cost, 'USD' as stated_currency
                )
                from told_usage where service = '{service}' and source_dataset = '{log}'
                """
            )
        sources = defaultdict(set)
        for shape in SHAPES:
            query = f"select distinct service, source_dataset from told_{shape}"
            for service, dataset in connection.execute(query).fetchall():
                if GROUP.get(dataset, dataset) == dataset or dataset == "openai/usage_completions":
                    sources[service].add(dataset)
        connection.execute(
            "create table sets (service varchar, account varchar, source_dataset varchar)"
        )
        accounts = {}
        for service in VENDORS:
            # The better known evidence first, where the sample has more than are needed.
            ranked = sorted(sources[service], key=lambda name: [*EVIDENCE].index(name))
            accounts[service] = {}
            for size in (1, 2, 3):
                for chosen in combinations(ranked[:MOST_SOURCES], size):
                    account = f"{service} {len(accounts[service])}"
                    accounts[service][account] = chosen
                    rows = [(service, account, dataset) for dataset in chosen]
                    connection.executemany("insert into sets values (?, ?, ?)", rows)
        for shape, (_, ids) in SHAPES.items():
            own = ", ".join(f"sets.account || ' ' || told.{name} as {name}" for name in ids)
            connection.execute(
                f"""
                insert into {shape} by name
                select told.* replace (sets.account as account_id, {own})
                from told_{shape} as told
                inner join sets
                    on told.service = sets.service and told.source_dataset = sets.source_dataset
                """
            )
    return accounts


@pytest.fixture(scope="module")
def sets(sample_build, tmp_path_factory):
    """Service -> {sources: (billed cost by currency, unpriced quantities, what carries them)}."""
    folder = tmp_path_factory.mktemp("sets")
    project = shutil.copytree(parsed_project(), folder / "project")
    shutil.copy2(sample_build.db, project / "target")
    accounts = lay_together(project / "target" / "ai_spend.duckdb")
    ends = ("charge", "unpriced_usage")
    run = dbt(
        *(project, SAMPLE, "build", "--log-level", "warn", "--indirect-selection", "empty"),
        *("--select", *(f"{shape}+,+{end}" for shape in SHAPES for end in ends)),
        *("--exclude", *SHAPES),
    )
    assert run.returncode == 0, run.output
    built = Built(project, 0, "")
    costs, unpriced = defaultdict(dict), defaultdict(dict)
    carriers = defaultdict(set)
    for account, currency, source, cost in built.rows(
        """
        select billing_account_id, billing_currency, x_source_dataset, sum(billed_cost)
        from charge where billing_period_start = timestamp '2026-10-01' group by all
        """
    ):
        costs[account][currency] = costs[account].get(currency, 0) + cost
        carriers[account].add(source)
    for account, source, meter, quantity in built.rows(
        """
        select account_id, source_dataset, meter, sum(quantity)
        from unpriced_usage where carries_money group by all
        """
    ):
        unpriced[account][meter] = unpriced[account].get(meter, 0) + quantity
        carriers[account].add(source)
    return {
        service: {
            chosen: (costs.get(account, {}), unpriced.get(account, {}), carriers[account])
            for account, chosen in of_service.items()
        }
        for service, of_service in accounts.items()
    }


def faults(found: dict) -> list:
    """Sets whose cost is not that of the one best source in them."""
    alone = {chosen[0]: result for chosen, result in found.items() if len(chosen) == 1}
    return [
        chosen
        for chosen, (costs, unpriced, carriers) in found.items()
        if len(carriers) > 1
        or not carriers <= set(best_class(chosen))
        or (costs, unpriced) not in [alone[name][:2] for name in best_class(chosen)]
        # Not an accident of two equal totals: it is the amount of the one that carries it.
        or any((costs, unpriced) != alone[name][:2] for name in carriers)
    ]


@pytest.mark.parametrize(("vendor", "least"), VENDORS.items(), ids=lambda value: str(value))
def test_sources_of_the_same_calls_never_add(sets, vendor, least):
    alone = {chosen[0]: result for chosen, result in sets[vendor].items() if len(chosen) == 1}
    assert len(alone) >= least, "the sample tells less of this vendor than it did"
    # Each source states something, or nothing would be compared.
    assert [name for name, said in alone.items() if not any(said[0].values()) and not said[1]] == []
    assert faults(sets[vendor]) == []


BILL, LOG = "openai/costs", "openai/usage_completions"
ALONE = {(BILL,): ({"USD": 5}, {}, {BILL}), (LOG,): ({"USD": 3}, {"seconds": 1}, {LOG})}


@pytest.mark.parametrize(
    "both",
    [
        ({"USD": 8}, {}, {BILL, LOG}),  # added
        ({"USD": 8}, {}, {BILL}),  # added under one name
        ({"USD": 5}, {"seconds": 1}, {BILL}),  # billed, and unpriced besides
        ({"USD": 3}, {"seconds": 1}, {LOG}),  # the log before the bill
        ({}, {}, set()),  # neither
    ],
)
def test_what_adds_up_or_goes_missing_is_found(both):
    assert faults(ALONE) == []
    assert faults(ALONE | {(BILL, LOG): ({"USD": 5}, {}, {BILL})}) == []
    assert faults(ALONE | {(BILL, LOG): both}) == [(BILL, LOG)]
