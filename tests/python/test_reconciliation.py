"""The mart reconciliation and the coverage of the bills, on the sample: hand-worked figures.

The tokens below are what the vendors' usage reports hold of the month, added up by model and tier
from the raw pages; the amounts are the lines of their bills, added up by article. Prices are per
million tokens.
"""

from decimal import Decimal

import pytest

D = Decimal
MILLION = 1_000_000
CAUSES = (
    "price",
    "tier_or_batch_discount",
    "missing_logs",
    "extra_logs",
    "rounding",
    "credits",
    "tax",
    "late_data",
    "unexplained",
)


def cost(*uses: tuple[int, str]) -> Decimal:
    """Tokens times price, added up."""
    return sum((D(tokens) * D(price) / MILLION for tokens, price in uses), D(0))


def row(built, service, month, article, *columns):
    """The one row of a meter or article."""
    found = built.rows(
        f"""
        select {", ".join(columns)} from reconciliation
        where service = '{service}' and strftime(billing_month, '%Y-%m') = '{month}'
            and coalesce(meter, sku) = '{article}'
        """
    )
    assert len(found) == 1, found
    return found[0]


def causes(built, service, month, article) -> dict[str, Decimal]:
    """The causes of a row that are not 0."""
    found = row(built, service, month, article, *CAUSES)
    return {name: amount for name, amount in zip(CAUSES, found, strict=True) if amount}


# ---------------------------------------------------------------------------- OpenAI, May 2026
# Meter -> tokens and price by model and tier, and the lines of the bill.
OPENAI_MAY = {
    "cache_read_tokens": (
        cost(
            (2_037_760, "1.25"),  # gpt-4o: 2.5472
            (2_007_040, "0.25"),  # gpt-5.4: 0.50176
            (28_359_680, "0.125"),  # gpt-5.4, batch: 3.54496
            (307_200, "0.125"),  # gpt-5.4, flex: 0.0384
            (95_366_144, "0.10"),  # gpt-5.6-luna: 9.5366144
            (3_893_248, "0.05"),  # gpt-5.6-luna, flex: 0.1946624
        ),
        D("2.5472") + D("4.04672") + D("0.0384") + D("9.5366144") + D("0.1946624"),
    ),
    "cache_write_5m_tokens": (
        cost((2_169_856, "1.25"), (417_792, "0.625")),  # gpt-5.6-luna, and flex
        D("2.71232") + D("0.26112"),
    ),
    "output_tokens": (
        cost(
            (449_397, "10.00"),  # gpt-4o: 4.49397
            (527_095, "15.00"),  # gpt-5.4: 7.906425
            (22_438_815, "7.50"),  # gpt-5.4, batch: 168.2911125
            (45_204, "7.50"),  # gpt-5.4, flex: 0.33903
            (7_276_213, "6.00"),  # gpt-5.6-luna: 43.657278
            (2_060_272, "3.00"),  # gpt-5.6-luna, flex: 6.180816
        ),
        # Batch stands with standard in one article: 7.906425 + 168.2911125 = 176.1975375.
        D("4.49397") + D("176.1975375") + D("0.33903") + D("43.657278") + D("6.180816"),
    ),
}
OPENAI_MAY_INPUT = cost(
    (4_150_423, "2.50"),  # gpt-4o: 10.3760575
    (4_904_283, "2.50"),  # gpt-5.4: 12.2607075
    (243_988_870, "1.25"),  # gpt-5.4, batch: 304.9860875
    (419_692, "1.25"),  # gpt-5.4, flex: 0.524615
    (38_864_343, "1.00"),  # gpt-5.6-luna: 38.864343
    (20_844_617, "0.50"),  # gpt-5.6-luna, flex: 10.4223085
)
OPENAI_MAY_INPUT_BILLED = (
    D("10.3760575") + D("317.246795") + D("0.524615") + D("38.864343") + D("10.4223085")
)
EMBEDDED = 18_747_228  # text-embedding-3-small, which the bill of May does not have


@pytest.mark.parametrize("meter", OPENAI_MAY)
def test_openai_bills_what_its_usage_report_costs(sample_build, meter):
    priced, billed = OPENAI_MAY[meter]
    assert priced == billed
    found = row(
        sample_build, "openai_api", "2026-05", meter,
        "priced_cost", "billed_cost", "difference", "status", "billed_quantity = logged_quantity",
    )  # fmt: skip
    assert found == (priced, billed, 0, "reconciled", True)


def test_openai_logs_embeddings_that_the_bill_does_not_have(sample_build):
    assert OPENAI_MAY_INPUT == OPENAI_MAY_INPUT_BILLED == D("377.434119")
    extra = cost((EMBEDDED, "0.02"))
    assert extra == D("0.37494456")
    found = row(
        sample_build, "openai_api", "2026-05", "input_tokens",
        "billed_cost", "priced_cost", "logged_quantity - billed_quantity", "status", "reason",
    )  # fmt: skip
    assert found == (
        D("377.434119"),
        D("377.434119") + extra,
        EMBEDDED,
        "explained",
        "explained by extra_logs",
    )
    assert causes(sample_build, "openai_api", "2026-05", "input_tokens") == {"extra_logs": -extra}


def test_openai_bills_output_in_june_that_nobody_logged(sample_build):
    """The website's gpt-5.6-luna output is billed 2 % too high: 14,576,267 against 14,441,341."""
    missing = 14_576_267 - 14_441_341
    assert missing == 134_926
    found = causes(sample_build, "openai_api", "2026-06", "output_tokens")
    assert found == {"missing_logs": cost((missing, "6.00"))} == {"missing_logs": D("0.809556")}


def test_a_credit_and_searches_without_a_quantity_stand_alone(sample_build):
    credit = "Service credit, incident of June"
    assert causes(sample_build, "openai_api", "2026-06", credit) == {"credits": D(-25)}
    # 0.26 + 0.33 + 0.40 + 0.47; the 12.34 of the currency XXQ is in quarantine.
    searches = ("openai_api", "2026-05", "web search tool calls")
    assert causes(sample_build, *searches) == {"missing_logs": D("1.46")}
    assert row(sample_build, *searches, "status") == ("open",)


def test_august_is_priced_at_the_contract_and_listed_above_it(sample_build):
    """5 % off everything since 1 August: what is billed is 0.95 of the list, to the last digit."""
    found = row(
        sample_build, "openai_api", "2026-08", "output_tokens",
        "billed_cost", "priced_cost", "priced_list_cost", "status",
    )  # fmt: skip
    assert found[0] == found[1] == found[2] * D("0.95")
    assert found[3] == "reconciled"


# ---------------------------------------------------------------------------- Anthropic, May 2026
# The cost report is in cents and states no quantities.
HAIKU, SONNET = "claude-haiku-4-5", "claude-sonnet-5"
ANTHROPIC_MAY = {
    "input_tokens": (
        # haiku, haiku batch, sonnet: 5.099036 + 28.943179 + 34.374166
        cost((5_099_036, "1.00"), (57_886_358, "0.50"), (17_187_083, "2.00")),
        (D("509.9036") + D("2894.3179") + D("3437.4166")) / 100,
    ),
    "output_tokens": (
        # 2.74739 + 11.3573775 + 117.93249
        cost((549_478, "5.00"), (4_542_951, "2.50"), (11_793_249, "10.00")),
        (D("274.739") + D("1135.73775") + D("11793.249")) / 100,
    ),
    "cache_read_tokens": (
        cost((3_024_896, "0.10"), (941_691_400, "0.20")),  # 0.3024896 + 188.33828
        (D("30.24896") + D("18833.828")) / 100,
    ),
    "cache_write_5m_tokens": (
        cost((208_896, "1.25"), (41_753_402, "2.50")),  # 0.26112 + 104.383505
        (D("26.112") + D("10438.3505")) / 100,
    ),
    "cache_write_1h_tokens": (cost((1_010_966, "4.00")), D("404.3864") / 100),
    "web_searches": (D(15 + 261) * D("10.00") / 1000, D("276") / 100),
}


@pytest.mark.parametrize("meter", ANTHROPIC_MAY)
def test_anthropic_bills_what_its_usage_report_costs(sample_build, meter):
    priced, billed = ANTHROPIC_MAY[meter]
    assert priced == billed
    found = row(
        sample_build, "claude_api", "2026-05", meter,
        "priced_cost", "billed_cost", "difference", "status", "billed_quantity",
    )  # fmt: skip
    assert found == (priced, billed, 0, "reconciled", None)


def test_anthropic_bills_code_execution_that_no_report_counts(sample_build):
    found = row(
        sample_build, "claude_api", "2026-05", "code_execution", "missing_logs", "status", "reason"
    )
    assert found == (D("0.9375"), "open", "no log of this month has this meter")


def test_a_month_without_bill_is_open(sample_build):
    found = sample_build.rows(
        """
        select distinct service, status, reason, billed_cost, difference = extra_logs
        from reconciliation
        where service in ('openai_api', 'claude_api') and charge_scope = 'usage'
            and billing_month = date '2026-09-01'
        order by all
        """
    )
    assert found == [
        ("claude_api", "open", "no bill of this month yet", 0, True),
        ("openai_api", "open", "no bill of this month yet", 0, True),
    ]


# ---------------------------------------------------------------------------- accounts, coverage
def test_a_cloud_log_is_compared_with_the_account_that_is_billed_for_its_project(sample_build):
    """Vertex AI bills 143.61 million input tokens in July; the log has 767,553 of the same model.

    The log names no account, but a project that is in the bills of one account alone.
    The bill's 0.30 per million is the price that the log has, so that 142,842,447 x 0.30 =
    42.8527341 is missing; a credit of 0.20 is on the meter.
    """
    found = row(
        sample_build, "google_vertex", "2026-07", "input_tokens",
        "compared_per", "billing_account_id", "billed_quantity", "logged_quantity", "status",
    )  # fmt: skip
    account = "01BW01-BRNDLW-000001"
    assert found == ("account", account, 143_610_000, 767_553, "explained")
    assert causes(sample_build, "google_vertex", "2026-07", "input_tokens") == {
        "missing_logs": cost((143_610_000 - 767_553, "0.30")),
        "credits": D("-0.20"),
    }


def coverage(built, service, source, *columns):
    return built.rows(
        f"""
        select {", ".join(columns)} from basis_coverage
        where service = '{service}' and source_dataset = '{source}'
            and billing_month = date '2026-05-01'
        """
    )[0]


def test_how_much_of_the_bills_of_may_the_logs_have_seen(sample_build):
    # OpenAI: 480,527,944 tokens billed, all of them in the usage report, embeddings besides.
    tokens = ("logged_tokens", "billed_tokens", "token_coverage", "billed_cost")
    assert coverage(sample_build, "openai_api", "openai/costs", *tokens) == (
        480_527_944 + EMBEDDED,
        480_527_944,
        D("1.03901381"),  # 499,275,172 / 480,527,944 = 1.0390138...
        D("629.0997873"),
    )
    gateway = coverage(sample_build, "openai_api", "litellm/spend_logs", *tokens)
    assert gateway == (20_760_220, 480_527_944, D("0.04320294"), D("629.0997873"))
    # Anthropic states no quantities. Its 501.4803971 are 0.9375 of code execution above the report.
    money = ("billed_tokens", "token_coverage", "logged_cost", "billed_cost", "cost_coverage")
    assert coverage(sample_build, "claude_api", "anthropic/cost_report", *money) == (
        None,
        None,
        D("500.5428971"),
        D("501.4803971"),
        D("0.99813054"),  # 500.5428971 / 501.4803971 = 0.9981305...
    )


def test_every_amount_of_the_mart_is_a_decimal(sample_build):
    for table in ("reconciliation", "basis_coverage", "compared_lines"):
        found = sample_build.rows(
            f"""
            select column_name from information_schema.columns
            where table_name = '{table}' and data_type in ('DOUBLE', 'FLOAT', 'REAL')
            """
        )
        assert found == []
