"""Gateway, vendor's report and bill of the same calls never add: per vendor, each pair and three.

What the sample's folders tell of a service is laid into one day, 1 October 2026, as if all of it
were the same calls: each source alone, each pair and each three of them, every set in an account of
its own. One build of the models behind the shapes then proves all sets of all vendors. What a set
costs must be what one of its sources costs alone: a bill where there is one, else a log.

Logs of other calls add up, so that the logs of a service are one of them told again under the names
of the others, at 0.01, 0.02, ... a row: every other one with the ids of the requests, the rest
without, to be known by tokens and time. Where the sample has no gateway in front of a vendor, its
call log is told once more as a gateway would. Sets of two logs of which the second has three times
the tokens of each call are other calls and must cost what both cost.

Only some calls of a source are taken, so that it is quick; a source is no less one for that.
"""

import csv
import shutil
from collections import defaultdict
from itertools import combinations

import duckdb
import pytest
from conftest import PROJECT, SAMPLE, Built, dbt, parsed_project

# Shape -> columns of its times (the first decides the day), of its ids, and rows that are metered
# use and can be told again.
SHAPES = {
    "usage": (
        ("started_at", "ended_at"),
        ("usage_id", "record_id"),
        "is_billable and coalesce(quantity, 0) >= 0",
    ),
    "bill_lines": (
        ("period_start", "period_end"),
        ("bill_line_id", "record_id"),
        "charge_scope = 'usage' and charge_category = 'Usage' and net_amount > 0",
    ),
    "focus_lines": (
        ("period_start", "period_end", "billing_period_start", "billing_period_end"),
        ("focus_line_id", "record_id"),
        "charge_scope = 'usage' and charge_category = 'Usage' and billed_amount > 0",
    ),
}
DAY = "timestamp '2026-10-01'"
MOST_CALLS = 40
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
# A source that sees other calls than those of the same name.
APART = "other calls of "
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


def is_log(source: str) -> bool:
    return EVIDENCE[source] in ("gateway log", "call log", "trace", "agent log")


def one_day(connection, shape: str) -> None:
    """The fullest day of each source, as rows of 1 October 2026 in a table of its own."""
    (start, end, *_), _, wanted = SHAPES[shape]
    moved = f"{start} - date_trunc('day', {start}) + getvariable('day')"
    ended = f"{end} - date_trunc('day', {start}) + getvariable('day')"
    if shape != "usage":
        # A bill covers the whole day or more, whatever hour its lines are of.
        moved = "getvariable('day')"
        ended = f"greatest({ended}, {moved} + interval 1 day)"
    others = ""
    if shape == "focus_lines":
        others = (
            ", getvariable('day') as billing_period_start"
            ", getvariable('day') + interval 1 month as billing_period_end"
        )
    connection.execute(
        f"""
        create table told_{shape} as
        with dated as (
            select *, date_trunc('day', {start}) as day from {shape} where {wanted}
        ),
        counted as (
            select day, service, source_dataset, count(*) as day_rows from dated group by all
        ),
        fullest as (
            select service, source_dataset, arg_max(day, (day_rows, day)) as day
            from counted group by all
        )
        select dated.* exclude (day) replace ({moved} as {start}, {ended} as {end}{others})
        from dated inner join fullest using (day, service, source_dataset)
        """
    )
    connection.execute(f"delete from {shape}")


def retell(connection, service: str, sources: list[str]) -> list[str]:
    """One log of the service, told again by each other source that is a log."""
    logs = [source for source in sources if is_log(source)]
    if not logs:
        return []
    connection.execute(
        f"""
        create or replace table retold as
        select * from told_usage
        where
            service = '{service}' and source_dataset = '{logs[0]}'
            and coalesce(request_count, 1) <= 1 and ended_at - started_at < interval 1 hour
        qualify dense_rank() over (order by record_id) <= {MOST_CALLS}
        """
    )
    connection.execute(
        "delete from told_usage "
        f"where service = '{service}' and list_contains({logs}, source_dataset)"
    )
    for number, source in enumerate(logs):
        known = "request_id" if number % 2 == 0 else "cast(null as varchar)"
        stated = f"cast(0.01 * {number} as decimal(38, 18))" if number else "stated_cost"
        connection.execute(
            f"""
            insert into told_usage
            select * replace (
                '{source}' as source_dataset, '{number}-' || usage_id as usage_id,
                '{number}-' || record_id as record_id, {known} as request_id,
                {stated} as stated_cost,
                {"'USD'" if number else "stated_currency"} as stated_currency
            )
            from retold
            """
        )
    # The second once more, as a log of other calls.
    if len(logs) > 1:
        connection.execute(
            f"""
            insert into told_usage
            select * replace (
                '{APART}' || source_dataset as source_dataset, 'x-' || usage_id as usage_id,
                'x-' || record_id as record_id, cast(null as varchar) as request_id,
                quantity * 3 as quantity
            )
            from told_usage where service = '{service}' and source_dataset = '{logs[1]}'
            """
        )
    return logs


def lay_together(db) -> dict[str, dict[str, tuple[str, ...]]]:
    """Rewrite the shapes of a build: service -> account -> the sources that tell of it."""
    with duckdb.connect(db) as connection:
        connection.execute(f"set variable day = {DAY}")
        for shape in SHAPES:
            one_day(connection, shape)
        sources = defaultdict(set)
        for shape in SHAPES:
            query = f"select distinct service, source_dataset from told_{shape}"
            for service, dataset in connection.execute(query).fetchall():
                if GROUP.get(dataset, dataset) == dataset or dataset == "openai/usage_completions":
                    sources[service].add(dataset)
        for service in RETOLD:
            sources[service].add(GATEWAY)
        connection.execute(
            "create table sets (service varchar, account varchar, source_dataset varchar)"
        )
        accounts = {}
        for service in VENDORS:
            # The better known evidence first, where the sample has more than are needed.
            ranked = sorted(sources[service], key=lambda name: [*EVIDENCE].index(name))
            ranked = ranked[:MOST_SOURCES]
            # Told from its own log, also where a gateway is named before it.
            own = RETOLD.get(service)
            logs = retell(connection, service, sorted(ranked, key=lambda name: name != own))
            chosen_sets = [chosen for size in (1, 2, 3) for chosen in combinations(ranked, size)]
            if len(logs) > 1:
                chosen_sets += [(APART + logs[1],), (logs[0], APART + logs[1])]
            accounts[service] = {}
            for chosen in chosen_sets:
                account = f"{service} {len(accounts[service])}"
                accounts[service][account] = chosen
                rows = [(service, account, dataset) for dataset in chosen]
                connection.executemany("insert into sets values (?, ?, ?)", rows)
        for shape, (_, ids, _) in SHAPES.items():
            own = ", ".join(f"sets.account || ' ' || told.{name} as {name}" for name in ids)
            connection.execute(
                f"""
                insert into {shape} by name
                select told.* replace (
                    replace(told.source_dataset, '{APART}', '') as source_dataset,
                    sets.account as account_id, {own}
                )
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
        from unpriced_usage where is_billing_source group by all
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
    same = {
        chosen: result
        for chosen, result in sets[vendor].items()
        if not any(source.startswith(APART) for source in chosen)
    }
    alone = {chosen[0]: result for chosen, result in same.items() if len(chosen) == 1}
    assert len(alone) >= least, "the sample tells less of this vendor than it did"
    # Each source states something, or nothing would be compared.
    assert [name for name, said in alone.items() if not any(said[0].values()) and not said[1]] == []
    assert faults(same) == []


def added(one: dict, other: dict) -> dict:
    return {key: one.get(key, 0) + other.get(key, 0) for key in one.keys() | other.keys()}


def test_logs_of_other_calls_add_up(sets):
    pairs = [
        (of_service, chosen)
        for of_service in sets.values()
        for chosen in of_service
        if len(chosen) == 2 and chosen[1].startswith(APART)
    ]
    assert len(pairs) >= 6
    for of_service, (one, other) in pairs:
        first, second, both = (of_service[key] for key in ((one,), (other,), (one, other)))
        assert both[:2] == (added(first[0], second[0]), added(first[1], second[1])), (one, other)


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
