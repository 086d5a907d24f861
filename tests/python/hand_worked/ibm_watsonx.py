"""IBM Cloud: resource units of 1,000 tokens, discounts, snapshots of a month (February 2026)."""

import json

from hand_worked import Case, D, billed, records


def page(month: str, *usage: dict, account: str = "acct900", **fields) -> str:
    resource = {
        "account_id": account,
        "resource_instance_id": f"crn:v1:bluemix:public:pm-20:us-south:a/{account}:1::",
        "resource_name": "watsonx.ai Runtime",
        "currency_code": "USD",
        "billable": True,
        "plan_id": "essentials",
        "month": month,
        "usage": list(usage),
    }
    return json.dumps({"limit": 100, "count": 1, "resources": [resource | fields]})


def units(quantity: int, cost: float, **fields) -> dict:
    return {
        "metric": "CLASS_ONE_RESOURCE_UNITS",
        "unit": "RESOURCE_UNITS",
        "quantity": quantity,
        "rateable_quantity": quantity,
        "rated_cost": quantity * 6 / 10_000,
        "cost": cost,
        "price": [{"unitquantity": 1, "price": 0.0006}],
    } | fields


HEAD = "Account Owner ID,Account Name,Billing Month,Currency Rate,Created Time,Version\n"
COLUMNS = (
    "Service Name,Instance ID,Plan ID,Currency,Billable,Usage Metric,Usage Unit,Usage Quantity,"
    "Original Cost,Cost,Non Chargeable\n"
)
INSTANCE = "crn:v1:bluemix:public:pm-20:us-south:a/acct901:1::"
FILES = {
    # As of the 10th, then the whole month on two pages.
    "ibm_watsonx/usage_report/usage_2026-02-10.json": page("2026-02", units(1000, 0.54)),
    "ibm_watsonx/usage_report/usage_p1_2026-03-02.json": page("2026-02", units(5000, 2.7)),
    "ibm_watsonx/usage_report/usage_p2_2026-03-02.json": page(
        "2026-02",
        {"metric": "CAPACITY_UNIT_HOURS", "unit": "HOURS", "quantity": 4, "cost": 2},
        units(9, 1, non_chargeable=True),
    ),
    "ibm_watsonx/usage_report/lite_2026-03-02.json": page(
        "2026-02", units(50, 3), billable=False, plan_id="lite"
    ),
    "ibm_watsonx/instances_csv/instances_2026-03-02.csv": (
        f"{HEAD}IBMid-9,Acme,2026-02,1,2026-03-02,1.4.1\n\n{COLUMNS}"
        f"watsonx.ai Runtime,{INSTANCE},p,USD,true,CLASS_TWO_RESOURCE_UNITS,RESOURCE_UNITS,"
        "7,0.0126,0.01134,false\n"
        f"watsonx.ai Runtime,{INSTANCE},p,USD,true,CAPACITY_UNIT_HOURS,HOURS,2,1.04,ten,false\n"
    ),
}
REPORT = "x_source_dataset = 'ibm_watsonx/usage_report' and billing_account_id like '%acct900%'"
CSV = "x_source_dataset = 'ibm_watsonx/instances_csv' and billing_account_id like '%acct901%'"
CASES = [
    Case("cost after discounts of the newest snapshot, all pages", billed(REPORT), D("2.7") + 2),
    Case(
        "resource units are thousands of tokens",
        f"select sum(consumed_quantity) from charge where {REPORT} and consumed_unit = 'Tokens'",
        D(5000 + 9 + 50) * 1000,
    ),
    Case(
        "list cost before discounts, what is free at 0",
        f"select sum(list_cost) from charge where {REPORT} and consumed_unit = 'Tokens'",
        5000 * D("0.0006"),
    ),
    Case("the older snapshot", records("ibm_watsonx/usage_report", "superseded"), 1),
    Case("the console's CSV", billed(CSV), D("0.01134")),
    Case("an unreadable cost", records("ibm_watsonx/instances_csv", "quarantined"), 1),
]
