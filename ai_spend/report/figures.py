"""The figures of a report as typed values: what a board report says, before it is put into words.

Money is EffectiveCost (what was used, commitments spread over their use) by billing month, except
where a figure says billed: BilledCost, as invoices and budgets have it. All amounts are Decimal, in
the currency of their `Block`; currencies are never added. No person is in here, not even as a
pseudonym. ai_spend.report.marts reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from ai_spend.report.words import last_day

ZERO = Decimal(0)
BASES = ("Invoiced", "Reported", "Stated", "Estimated")
CLASSES = ("Investment", "Waste", "Unclassified")
NO_MODEL = "(no model named: seats, fees, tax)"
NO_FEATURE = "(no feature)"


class ReportError(Exception):
    """The report cannot be made or cannot be trusted; the message says what to do."""


@dataclass(frozen=True)
class Bases:
    """An amount by what it rests on (x_CostBasis), from the vendor's invoice to the price book."""

    invoiced: Decimal = ZERO
    reported: Decimal = ZERO
    stated: Decimal = ZERO
    estimated: Decimal = ZERO

    @property
    def parts(self) -> tuple[tuple[str, Decimal], ...]:
        return tuple(zip(BASES, (getattr(self, of.name) for of in fields(self)), strict=True))

    @property
    def by_vendor(self) -> Decimal:
        """What a vendor's invoice or report states."""
        return self.invoiced + self.reported

    @property
    def total(self) -> Decimal:
        return self.invoiced + self.reported + self.stated + self.estimated


@dataclass(frozen=True)
class Spend:
    """What something cost in the month and in the month before; bases are those of the month."""

    name: str
    effective: Decimal
    previous: Decimal
    bases: Bases
    previous_by_vendor: Decimal = ZERO


@dataclass(frozen=True)
class ModelSpend:
    service: str
    model: str
    effective: Decimal
    previous: Decimal


@dataclass(frozen=True)
class TrendMonth:
    """A month of the trend; has_data is False before the first and after the last charge of all."""

    first: date
    effective: Decimal
    billed: Decimal
    bases: Bases
    has_data: bool


@dataclass(frozen=True)
class Classified:
    """EffectiveCost by what it was for, and by how it could be looked at."""

    investment: Decimal
    waste: Decimal
    unclassified: Decimal
    by_call: Decimal
    as_totals: Decimal
    no_usage: Decimal
    closed: Decimal
    findings: tuple[tuple[str, Decimal], ...]

    @property
    def classes(self) -> tuple[tuple[str, Decimal], ...]:
        return tuple(zip(CLASSES, (self.investment, self.waste, self.unclassified), strict=True))

    @property
    def total(self) -> Decimal:
        return self.investment + self.waste + self.unclassified


@dataclass(frozen=True)
class Recommendation:
    """sure and best are savings a month, 0 or above, in the block's currency."""

    category: str
    description: str
    place: str
    sure: Decimal
    best: Decimal
    effort: str
    risk: str
    is_test_first: bool
    evaluated: Decimal
    charges: int
    evidence_query: str


@dataclass(frozen=True)
class Savings:
    """All recommendations of the month; top are the first by the mart's rank that save anything."""

    waste_sure: Decimal
    waste_best: Decimal
    waste_count: int
    all_sure: Decimal
    all_best: Decimal
    count: int
    top: tuple[Recommendation, ...]
    largest_waste: Recommendation | None
    largest_possible: Recommendation | None


@dataclass(frozen=True)
class Outcome:
    """A row of cost_per_outcome. cost is None where none was found, which is not free."""

    outcome_type: str
    department: str
    feature: str
    cost: Decimal | None
    basis: str | None
    accepted: Decimal | None
    recorded: Decimal | None
    covered: Decimal | None
    cost_per_outcome: Decimal | None
    change_share: Decimal | None


@dataclass(frozen=True)
class Outcomes:
    rows: tuple[Outcome, ...]
    row_count: int
    joined: Decimal
    total: Decimal


@dataclass(frozen=True)
class ModelUse:
    """A model in the month of its use. per_call is None where calls or prices are not all known."""

    service: str
    model: str
    size: str
    charged: Decimal
    calls: int
    per_call: Decimal | None
    cache_share: Decimal | None


@dataclass(frozen=True)
class Candidate:
    """What the calls of a month would have cost at another model; ranges overlap, never add."""

    service: str
    model: str
    alternative_model: str
    alternative: str
    feature: str
    department: str
    calls: int
    current: Decimal
    low: Decimal
    high: Decimal
    is_headroom: bool

    @property
    def owner(self) -> str:
        """Whose calls they were."""
        return self.department + ("" if self.feature == NO_FEATURE else f" / {self.feature}")


@dataclass(frozen=True)
class Models:
    """Charged for models in the month of use; bases are those of all charges for use of a model."""

    bases: Bases
    classes: tuple[tuple[str, Decimal], ...]
    rows: tuple[ModelUse, ...]
    row_count: int
    total: Decimal
    candidates: tuple[Candidate, ...]
    candidate_count: int
    unpriced_rows: int
    unpriced_tokens: Decimal


@dataclass(frozen=True)
class SeatService:
    """Seats of a service in the month, by verdict. Costs None where no seat has one."""

    service: str
    seats: Decimal
    certain: Decimal
    probable: Decimal
    review: Decimal
    unknown: Decimal
    ghost_cost: Decimal | None
    basis: str | None
    now: Decimal
    at_renewal: Decimal
    renewal_on: date | None
    without_price: Decimal


@dataclass(frozen=True)
class Seats:
    """older: services whose newest seat list is of a month before; newest: of all lists."""

    rows: tuple[SeatService, ...]
    newest: date | None
    older: tuple[tuple[str, date, Decimal], ...]


@dataclass(frozen=True)
class Budget:
    """A row of budget_status; budgets follow the bill (BilledCost) and may overlap."""

    budget_id: str
    scope: str
    period_start: date
    period_end: date
    amount: Decimal
    actual: Decimal
    not_yet_invoiced: Decimal
    forecast: Decimal | None
    low: Decimal | None
    high: Decimal | None
    breach_date: date | None
    verdict: str
    as_of: date | None
    other_currencies: int


@dataclass(frozen=True)
class Agentic:
    """EffectiveCost by the month of use: what agents used, what others did, what nobody says."""

    agentic: Decimal
    not_agentic: Decimal
    unknown: Decimal
    previous_agentic: Decimal
    previous_not_agentic: Decimal
    bases: Bases

    @property
    def total(self) -> Decimal:
        return self.agentic + self.not_agentic + self.unknown


@dataclass(frozen=True)
class Held:
    """Bills held against priced usage, by how it ended; amounts in the block's currency."""

    status: str
    rows: int
    billed: Decimal
    difference: Decimal
    unexplained: Decimal


@dataclass(frozen=True)
class Doubt:
    """What nothing covers or might be charged; the amount at stake, None where nobody knows it."""

    what: str
    reason: str
    at_stake: Decimal | None


@dataclass(frozen=True)
class Reconciled:
    """unexplained adds up lines whatever their sign, so that none hides another.

    unpriced counts the lines without any price, in the first block. held, gaps and doubts are
    None in a department's edition.
    """

    billed: Bases
    held: tuple[Held, ...] | None
    unexplained: Decimal
    unpriced: int
    gaps: tuple[Doubt, ...] | None
    doubts: tuple[Doubt, ...] | None
    corrections: Decimal


@dataclass(frozen=True)
class Control:
    """What another table says of the same money; no report is written if it differs."""

    table: str
    total: Decimal


@dataclass(frozen=True)
class Block:
    """Everything in one currency, which is '' where nothing has been charged at all."""

    currency: str
    effective: Decimal
    previous: Decimal
    billed: Decimal
    bases: Bases
    charges: int
    attributed: Decimal
    departments: tuple[Spend, ...]
    features: tuple[Spend, ...]
    services: tuple[Spend, ...]
    models: tuple[ModelSpend, ...]
    trend: tuple[TrendMonth, ...]
    classified: Classified
    savings: Savings
    outcomes: Outcomes
    efficiency: Models
    seats: Seats
    budgets: tuple[Budget, ...]
    agentic: Agentic
    reconciled: Reconciled
    controls: tuple[Control, ...]

    @property
    def unbilled(self) -> tuple[Spend, ...]:
        """Services that a bill or report covered in the month before and none covers yet."""
        return tuple(
            service
            for service in self.services
            if service.previous_by_vendor and not service.bases.by_vendor
        )


@dataclass(frozen=True)
class Conformance:
    version: str
    rules: int
    passed: int
    failed: int


@dataclass(frozen=True)
class Report:
    """All figures of a period. department is None for the company as a whole."""

    period: date
    department: str | None
    first_month: date | None
    last_month: date | None
    newest_day: date | None
    last_complete_day: date | None
    is_closed: bool
    blocks: tuple[Block, ...]
    quiet_currencies: tuple[tuple[str, date], ...]
    conformance: tuple[Conformance, ...]
    price_versions: tuple[str, ...]
    own_prices: int
    refused_files: int
    project_version: str
    built_at: str

    @property
    def has_charges(self) -> bool:
        return any(block.charges for block in self.blocks)

    @property
    def is_running(self) -> bool:
        """Whether the data end before the month does."""
        return self.newest_day is not None and self.newest_day < last_day(self.period)
