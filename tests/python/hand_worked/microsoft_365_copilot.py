"""Microsoft 365 Copilot: a seat is 30 USD a month, counted once whoever names its holder."""

import json

from hand_worked import Case, D, billed, records

SKU = "639dec6b-bb19-468b-871c-c5c441c4b0cb"
NAME = "microsoft_365_copilot"


def bought(enabled: int, assigned: int) -> str:
    sku = {
        "skuId": SKU,
        "skuPartNumber": "Microsoft_365_Copilot",
        "consumedUnits": assigned,
        "prepaidUnits": {"enabled": enabled, "warning": 0, "suspended": 0, "lockedOut": 0},
        "capabilityStatus": "Enabled",
    }
    suite = {
        "skuId": "suite",
        "skuPartNumber": "SPE_E5",
        "consumedUnits": 99,
        "prepaidUnits": {"enabled": 99},
    }
    return json.dumps({"value": [suite, sku]}) + "\n"


def holders(*names: str) -> str:
    users = [
        {
            "id": name,
            "userPrincipalName": f"{name}@m365.example",
            "assignedLicenses": [{"skuId": s}],
        }
        for name, s in [*((name, SKU) for name in names), ("nobody", "suite")]
    ]
    return json.dumps({"value": users}) + "\n"


DETAIL = (
    "Report Refresh Date,User Principal Name,Last Activity Date,Word Copilot Last Activity Date,"
    "Prompts submitted for all apps,Active Usage Days for all apps,Report Period\n"
)
FILES = {
    # March: 8 bought, then 10; ana gives her licence to bo.
    f"{NAME}/subscribed_skus/account=hw/skus__2026-03-02.json": bought(8, 5),
    f"{NAME}/subscribed_skus/account=hw/skus__2026-03-30.json": bought(10, 6),
    f"{NAME}/assigned_licenses/account=hw/users__2026-03-02.json": holders("ana", "cy"),
    f"{NAME}/assigned_licenses/account=hw/users__2026-03-30.json": holders("bo", "cy"),
    # April: the list of users alone.
    f"{NAME}/assigned_licenses/account=hw/users__2026-04-30.json": holders("bo"),
    f"{NAME}/usage_user_detail/account=hw/detail__2026-03-16.csv": DETAIL
    + "2026-03-15,cy@m365.example,2026-03-10,,4,2,7\n",
    f"{NAME}/usage_user_detail/account=hw/detail__2026-04-01.csv": DETAIL
    + "2026-03-30,cy@m365.example,2026-03-28,,40,11,28\n"
    + "2026-03-30,cy@m365.example,2026-03-28,,90,30,90\n",
}
SEATS = "select sum(seat_count) from seats where source_dataset like 'microsoft_365_copilot/%'"
MARCH = "service = 'microsoft_365_copilot' and billing_period_start = '2026-03-01'"
APRIL = "service = 'microsoft_365_copilot' and billing_period_start = '2026-04-01'"
CASES = [
    Case("10 bought seats of March", billed(f"{MARCH} and billing_account_id = 'hw'"), D(10) * 30),
    Case(
        "2 named, 6 - 2 unnamed, 10 - 6 unassigned",
        "select string_agg(cast(seat_count as int), ' ' order by seat_id) from seats "
        "where account_id = 'hw' and service = 'microsoft_365_copilot' "
        "and month_start = '2026-03-01' and user_id is null",
        f"{6 - 2} {10 - 6}",
    ),
    Case(
        "2 holders of March",
        "select count(distinct user_id) from seats where account_id = 'hw' "
        "and service = 'microsoft_365_copilot' and month_start = '2026-03-01'",
        2,
    ),
    Case("1 holder of April", billed(f"{APRIL} and billing_account_id = 'hw'"), D(1) * 30),
    Case("accepted SKU lists", records(f"{NAME}/subscribed_skus", "accepted"), 1),
    Case("superseded SKU lists", records(f"{NAME}/subscribed_skus", "superseded"), 1),
    Case("accepted licences", records(f"{NAME}/assigned_licenses", "accepted"), 2 + 1),
    Case("superseded licences", records(f"{NAME}/assigned_licenses", "superseded"), 2),
    Case("accepted details", records(f"{NAME}/usage_user_detail", "accepted"), 1),
    Case("superseded details", records(f"{NAME}/usage_user_detail", "superseded"), 1),
    Case("duplicate details", records(f"{NAME}/usage_user_detail", "duplicate"), 1),
    Case(
        "days of the window inside March",
        "select active_days from seat_activity "
        "where source_dataset = 'microsoft_365_copilot/usage_user_detail'",
        11,
    ),
]
