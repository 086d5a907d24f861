"""Google Workspace: an add-on has a price while it was sold, an edition has none for AI."""

import json

from hand_worked import Case, D, billed, records

NAME = "google_workspace"


def licences(*pairs: tuple[str, str]) -> str:
    items = [
        {"userId": f"{who}@gw.example", "productId": "101047", "skuId": sku} for who, sku in pairs
    ]
    return json.dumps({"kind": "licensing#licenseAssignmentList", "items": items}) + "\n"


def activity(time: str, number: int, *categories: str) -> dict:
    return {
        "id": {
            "time": time,
            "uniqueQualifier": str(number),
            "applicationName": "gemini_in_workspace_apps",
            "customerId": "C1",
        },
        "actor": {"email": "ana@gw.example"},
        "events": [{"name": "feature_utilization",
                    "parameters": [{"name": "event_category", "value": c}]}
                   for c in categories],
    }  # fmt: skip


def page(*items: dict) -> str:
    return json.dumps({"kind": "admin#reports#activities", "items": items}) + "\n"


BUSINESS, ENTERPRISE, EDITION = "1010470003", "1010470001", "1010020020"
ONE = activity("2026-03-02T10:00:00Z", 1, "active", "inactive")
FILES = {
    f"{NAME}/licence_assignments/hw/list__2024-12-02.json": licences(("ana", BUSINESS)),
    f"{NAME}/licence_assignments/hw/list__2024-12-30.json": licences(
        ("bo", BUSINESS), ("cy", BUSINESS), ("ana", ENTERPRISE)
    ),
    f"{NAME}/licence_assignments/hw/list__2026-03-30.json": licences(
        ("ana", BUSINESS), ("ana", EDITION)
    ),
    f"{NAME}/gemini_activity/hw/events__2026-03-03.json": page(ONE),
    f"{NAME}/gemini_activity/hw/events__2026-03-10.json": page(
        ONE,
        activity("2026-03-02T23:59:59Z", 2, "active"),
        activity("2026-03-03T00:00:00+01:00", 3, "inactive"),
        activity("2026-03-04T09:00:00Z", 4, "active"),
    ),
}
ADD_ONS = "service = 'google_workspace' and billing_period_start = '2024-12-01'"
CASES = [
    Case("December 2024: 2 Gemini Business, 1 Gemini Enterprise", billed(ADD_ONS), D(2) * 20 + 30),
    Case(
        "March 2026: neither is sold at a price of its own",
        "select sum(quantity) from unpriced_usage where service = 'google_workspace'",
        D(2),
    ),
    Case(
        "which is no charge of 0",
        billed("service = 'google_workspace' and billing_period_start = '2026-03-01'"),
        None,
    ),
    Case("accepted licences", records(f"{NAME}/licence_assignments", "accepted"), 3 + 2),
    Case("superseded licences", records(f"{NAME}/licence_assignments", "superseded"), 1),
    Case("accepted events", records(f"{NAME}/gemini_activity", "accepted"), 2 + 3),
    Case("events read again", records(f"{NAME}/gemini_activity", "duplicate"), 2),
    Case(
        "days with active events: the 2nd, twice, and the 4th",
        "select active_days from seat_activity "
        "where source_dataset = 'google_workspace/gemini_activity'",
        2,
    ),
]
