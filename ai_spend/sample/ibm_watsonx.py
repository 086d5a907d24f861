"""IBM Cloud: the FOCUS export, pages of the Usage Reports API and the console's CSV."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ai_spend.sample import EXPORTED, Books, D, Literal, add, people, plain, to_json

ABOUT = """
IBM Cloud bills a month as one line per instance and metric: watsonx.ai in resource units of 1,000
  tokens, input and output together, at 10 % discount; object storage; and a free plan whose cost is
  only information. May comes from the Usage Reports API (a snapshot of the 20th, then the whole
  month on two pages), June from the console's CSV with its two tables, July from both the API and
  the FOCUS export, of which FOCUS counts.
"""

ACCOUNT = "a1b2c3d4e5f60718293a4b5c6d7e8f90"


@dataclass(frozen=True)
class Metric:
    service: str
    resource: str
    plan: str
    metric: str
    unit: str
    quantity: Decimal
    price: Decimal
    is_free: bool = False

    @property
    def key(self) -> str:
        return "ibm_watsonx" if "watsonx" in self.service else "ibm_cloud"

    @property
    def listed(self) -> Decimal:
        return self.quantity * self.price

    @property
    def cost(self) -> Decimal:
        return self.listed * D("0.9")

    @property
    def due(self) -> Decimal:
        return D(0) if self.is_free else self.cost

    @property
    def tokens(self) -> int:
        return int(self.quantity) * 1000 if self.unit == "RESOURCE_UNITS" else 0

    @property
    def instance(self) -> str:
        return f"crn:v1:bluemix:public:{self.resource}:eu-de:a/{ACCOUNT}:00000000-{self.plan}::"


def metrics(rng: random.Random) -> list[Metric]:
    units = D(rng.randint(20_000, 60_000))
    hours, size = D(rng.randint(20, 60)), D(rng.randint(200, 400))
    return [
        Metric("watsonx.ai Runtime", "pm-20", "essentials", "CLASS_TWO_RESOURCE_UNITS",
               "RESOURCE_UNITS", units, D("0.0018")),
        Metric("watsonx.ai Runtime", "pm-20", "essentials", "CAPACITY_UNIT_HOURS",
               "CAPACITY_UNIT_HOURS", hours, D("0.52")),
        Metric("Cloud Object Storage", "cloud-object-storage", "standard", "STANDARD_STORAGE",
               "GIGABYTE_MONTHS", size, D("0.0228")),
        Metric("watsonx.ai Studio", "data-science-experience", "lite", "AUTHORIZED_USERS",
               "USERS", D(3), D("12"), is_free=True),
    ]  # fmt: skip


def resource(month: str, metric: Metric) -> dict:
    return {
        "account_id": ACCOUNT, "resource_instance_id": metric.instance,
        "resource_instance_name": f"bw-{metric.plan}", "resource_id": metric.resource,
        "resource_name": metric.service, "resource_group_id": "rg-labs",
        "resource_group_name": "labs", "region": "eu-de", "pricing_country": "USA",
        "currency_code": "USD", "currency_rate": Literal("1.0"), "billable": not metric.is_free,
        "plan_id": metric.plan, "plan_name": metric.plan.title(), "month": month,
        "usage": [{
            "metric": metric.metric, "unit": metric.unit, "quantity": metric.quantity,
            "rateable_quantity": metric.quantity, "rated_cost": metric.listed,
            "cost": metric.cost, "price": [{"tier_model": "Linear", "unitquantity": 1,
                                            "price": metric.price}],
            "discounts": [{"ref": "d-1", "name": "platform", "discount": 10}],
            "non_chargeable": metric.is_free,
        }],
        "tags": ["department:data-science", f"owner:{people()[50].email}"],
    }  # fmt: skip


def page(month: str, found: list[Metric]) -> str:
    resources = [resource(month, m) for m in found]
    return to_json({"limit": 100, "count": len(found), "resources": resources}, "resources") + "\n"


def book(books: Books, dataset: str, month: str, found: list[Metric]) -> None:
    entry = books.dataset(dataset)
    for metric in found:
        entry["accepted"] += 1
        add(entry["money"], "USD", metric.due)
        if metric.tokens:
            add(entry["tokens"], "input and output tokens", metric.tokens)


def bill(books: Books, dataset: str, month: str, found: list[Metric]) -> None:
    for metric in found:
        books.charge(metric.key, "usage", month, dataset, "Reported", metric.due)


def write_pages(books: Books, may: list[Metric], july: list[Metric]) -> None:
    name = "ibm_watsonx/usage_report"
    entry = books.dataset(name)
    half = [Metric(m.service, m.resource, m.plan, m.metric, m.unit, D(int(m.quantity) // 2),
                   m.price, m.is_free) for m in may]  # fmt: skip
    path = f"{name}/usage_2026-05__exported_2026-05-20.json"
    books.put(path, page("2026-05", half))
    books.plant(path, "whole file", "the month so far: the later snapshot contains it")
    for number, part in enumerate((may[:2], may[2:]), start=1):
        books.put(f"{name}/usage_2026-05_p{number}__exported_{EXPORTED['2026-05']}.json.gz",
                  page("2026-05", part))  # fmt: skip
    path = f"{name}/usage_2026-07__exported_{EXPORTED['2026-07']}.json.gz"
    books.put(path, page("2026-07", july))
    books.plant(path, "whole file", "the FOCUS export of the same month counts instead")
    book(books, name, "2026-05", may)
    book(books, name, "2026-07", july)
    bill(books, name, "2026-05", may)
    entry["records"] += len(half) + len(may) + len(july)
    entry["superseded"] += len(half)


def write_csv(books: Books, june: list[Metric]) -> None:
    name = "ibm_watsonx/instances_csv"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Account Owner ID", "Account Name", "Billing Month", "Currency Rate",
                     "Created Time", "Version"])  # fmt: skip
    writer.writerow([people()[3].email, "Brindlewick Robotics", "2026-06", "1",
                     "2026-07-03T06:00:00Z", "1.4.1"])  # fmt: skip
    text.write("\n")
    writer.writerow([
        "Service Name", "Service ID", "Instance Name", "Instance ID", "Plan Name", "Plan ID",
        "Region", "Resource Group Name", "Resource Group ID", "Currency", "Billable",
        "Usage Metric", "Usage Unit", "Usage Quantity", "Original Cost", "Volume Cost", "Cost",
        "Discount (%)", "Non Chargeable", "Other Tags"])  # fmt: skip
    for m in june:
        writer.writerow([
            m.service, m.resource, f"bw-{m.plan}", m.instance, m.plan.title(), m.plan, "eu-de",
            "labs", "rg-labs", "USD", "true", m.metric, m.unit, plain(m.quantity),
            plain(m.listed), plain(m.listed), plain(m.cost), "10",
            "true" if m.is_free else "false", "department:data-science"])  # fmt: skip
    writer.writerow(["watsonx.ai Runtime", "pm-20", "bw-cut"])
    path = f"{name}/instances_2026-06__exported_2026-07-03.csv"
    books.put(path, text.getvalue())
    books.plant(path, "last line", "cut after three fields")
    book(books, name, "2026-06", june)
    bill(books, name, "2026-06", june)
    entry = books.dataset(name)
    entry["records"] += len(june) + 1
    entry["quarantined"] = {"too few fields": 1}


def write_focus(books: Books, july: list[Metric]) -> None:
    name = "ibm_watsonx/focus"
    start = date(2026, 7, 1)
    end = (start + timedelta(days=31)).replace(day=1)
    rows = [{
        "ProviderName": "IBM", "PublisherName": "IBM", "InvoiceIssuerName": "IBM",
        "BillingAccountId": ACCOUNT, "BillingCurrency": "USD",
        "BillingPeriodStart": f"{start}T00:00:00Z", "BillingPeriodEnd": f"{end}T00:00:00Z",
        "ChargePeriodStart": f"{start}T00:00:00Z", "ChargePeriodEnd": f"{end}T00:00:00Z",
        "ChargeCategory": "Usage", "ServiceName": m.service, "ResourceId": m.instance,
        "BilledCost": m.due, "EffectiveCost": m.due, "ListCost": D(0) if m.is_free else m.listed,
        "ContractedCost": m.due, "PricingQuantity": m.quantity, "PricingUnit": m.unit,
        "ConsumedQuantity": m.quantity, "ConsumedUnit": m.unit, "SkuMeter": m.metric,
        "PricingCurrency": "USD", "x_OfferId": None,
    } for m in july]  # fmt: skip
    text = to_json({"limit": 200, "resources": rows}, "resources")
    books.put(f"{name}/focus_2026-07__exported_{EXPORTED['2026-07']}.json", text + "\n")
    book(books, name, "2026-07", july)
    bill(books, name, "2026-07", july)
    books.dataset(name)["records"] += len(rows)


def write(books: Books, rng: random.Random) -> None:
    may, june, july = metrics(rng), metrics(rng), metrics(rng)
    write_pages(books, may, july)
    write_csv(books, june)
    write_focus(books, july)
