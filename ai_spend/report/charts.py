"""Charts as Vega-Lite specifications: the same for the page (interactive) and for print (SVG).

A specification carries its data and no address. Figures are written as texts made by
ai_spend.report.words; the floats in the data are lengths of bars and angles, nothing else. Colours
are names of the palette, `var(--mid)`: a browser takes them from the style sheet, so that they
follow light, dark and print by themselves; for the PDF they are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import vl_convert

# On white each colour that carries meaning alone has a contrast of 3 or more (WCAG 1.4.11); what is
# paler has an outline of `strong`.
PALETTE = {
    "ink": "#1b2430",
    "muted": "#5a6572",
    "rule": "#d5dae0",
    "strong": "#1f4e79",
    "mid": "#5b8db8",
    "soft": "#a9c6de",
    "faint": "#eaf1f7",
    "waste": "#b4482f",
    "good": "#2e7d5b",
    "neutral": "#8a939d",
    "paper": "#ffffff",
}
DARK = {
    "ink": "#e6eaef",
    "muted": "#a7b1bc",
    "rule": "#3a434e",
    "strong": "#86b7e0",
    "mid": "#4f88ba",
    "soft": "#335a7e",
    "faint": "#1c2733",
    "waste": "#e58268",
    "good": "#58b894",
    "neutral": "#7f8994",
    "paper": "#11161c",
}
# From the vendor's own word to what is only reckoned: the darker, the firmer.
BASIS_COLOURS = {"Invoiced": "strong", "Reported": "mid", "Stated": "soft", "Estimated": "faint"}
CLASS_COLOURS = {"Investment": "good", "Waste": "waste", "Unclassified": "neutral"}
SIZE_COLOURS = {"frontier": "strong", "mid": "mid", "small": "soft", "unknown": "faint"}

VL_VERSION = "6.4"
CLIP = re.compile(r"\bclip\d+\b(?=[\")])")
# Pixels that a letter takes at most on average, and that are between two columns of figures.
LETTER, GAP, SIZE = 7.2, 12, 13


@dataclass(frozen=True)
class Chart:
    """A specification without width, its currency and month, and in words what it shows."""

    spec: dict
    caption: str
    alt: str


@dataclass(frozen=True)
class Bar:
    """A bar with its name and its figures; mark is a second value, drawn as a stroke."""

    name: str
    labels: tuple[str, ...]
    value: Decimal
    mark: Decimal | None = None
    colour: str = "strong"


def _colour(name: str) -> str:
    return f"var(--{name})"


def _length(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def bars(
    rows: Sequence[Bar], mark_name: str, caption: str, alt: str, goal: Decimal | None = None
) -> Chart:
    """Horizontal bars, each under its name and its figures; goal: a line through all of them."""
    values = [
        {
            "row": index,
            "name": bar.name,
            "value": _length(bar.value),
            "mark": _length(bar.mark),
            "colour": _colour(bar.colour),
            "figures": " ".join(bar.labels),
            **{f"label{at}": label for at, label in enumerate(bar.labels)},
        }
        for index, bar in enumerate(rows)
    ]
    ends = [end for bar in rows for end in (bar.value, bar.mark) if end is not None]
    highest = max([*ends, goal or Decimal(0)], default=Decimal(0))
    highest = highest * Decimal("1.02") if goal else highest if highest > 0 else Decimal(1)
    lowest = min([*ends, Decimal(0)])
    x = {
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [float(lowest), float(highest)], "nice": False},
    }
    # The figures stand in columns, as wide as their longest text; the name has what is left. Where
    # that is too little, all letters become smaller.
    columns = zip(*(bar.labels for bar in rows), strict=True)
    widths = [max(map(len, column)) * LETTER + GAP for column in columns]
    scale = f"min(1, width * 0.8 / {sum(widths):.0f})"
    text = {
        **{"type": "text", "yOffset": -9, "baseline": "middle", "color": _colour("ink")},
        "fontSize": {"expr": f"{SIZE} * {scale}"},
    }
    name_width = f"width - {sum(widths):.0f} * {scale}"
    stroke = {"type": "tick", "yOffset": 8}
    goals = [
        {
            "mark": {**stroke, "height": 15, "thickness": 1, "color": _colour("muted")},
            "encoding": {"x": {"datum": float(goal or 0), **x}},
        }
    ]
    return Chart(
        {
            "height": 36 * len(rows),
            "data": {"values": values},
            "encoding": {
                "y": {"field": "row", "type": "ordinal", "axis": None, "sort": None},
                "tooltip": [
                    {"field": "name", "type": "nominal", "title": "Name"},
                    {"field": "figures", "type": "nominal", "title": "Figures"},
                ],
            },
            "layer": [
                {
                    "mark": {"type": "bar", "height": 9, "yOffset": 8, "cornerRadiusEnd": 1},
                    "encoding": {
                        "x": {"field": "value", **x},
                        "color": {"field": "colour", "type": "nominal", "scale": None},
                    },
                },
                *(goals if goal else []),
                {
                    "transform": [{"filter": "isValid(datum.mark)"}],
                    "mark": {**stroke, "height": 17, "thickness": 2, "color": _colour("ink")},
                    "encoding": {"x": {"field": "mark", **x, "title": mark_name}},
                },
                {
                    "mark": {**text, "align": "left", "limit": {"expr": name_width}},
                    "encoding": {
                        "x": {"value": 0},
                        "text": {"field": "name", "type": "nominal"},
                    },
                },
                *(
                    {
                        "mark": {
                            **{**text, "align": "right"},
                            "xOffset": {"expr": f"-{sum(widths[at + 1 :]):.0f} * {scale}"},
                        },
                        "encoding": {
                            "x": {"value": "width"},
                            "text": {"field": f"label{at}", "type": "nominal"},
                        },
                    }
                    for at in range(len(widths))
                ),
            ],
        },
        caption,
        alt,
    )


def stack(parts: Sequence[tuple[str, str, Decimal, str]], caption: str, alt: str) -> Chart | None:
    """One bar of parts (name, label, value, colour), or None where a part is negative."""
    parts = [part for part in parts if part[2]]
    if not parts or any(part[2] < 0 for part in parts):
        return None
    return Chart(
        {
            "height": 26,
            "data": {"values": _parts(parts)},
            "mark": {"type": "bar", "stroke": _colour("strong"), "strokeWidth": 1},
            "encoding": {
                "x": {"field": "value", "type": "quantitative", "stack": "normalize", "axis": None},
                **_legend(parts),
            },
        },
        caption,
        alt,
    )


def donut(parts: Sequence[tuple[str, str, Decimal, str]], caption: str, alt: str) -> Chart | None:
    """A ring of parts (name, label, value, colour); None where a part is negative or all are 0."""
    if any(part[2] < 0 for part in parts) or not any(part[2] for part in parts):
        return None
    return Chart(
        {
            "height": 190,
            "data": {"values": _parts(parts)},
            "mark": {
                **{"type": "arc", "innerRadius": 52, "outerRadius": 86},
                **{"stroke": _colour("paper"), "strokeWidth": 1},
            },
            "encoding": {
                "theta": {"field": "value", "type": "quantitative", "stack": True},
                **_legend(parts),
            },
        },
        caption,
        alt,
    )


def _parts(parts: Sequence[tuple[str, str, Decimal, str]]) -> list[dict]:
    return [
        {
            "part": index,
            "name": name,
            "label": label,
            "entry": f"{name}  {label}",
            "value": float(v),
        }
        for index, (name, label, v, _) in enumerate(parts)
    ]


def _legend(parts: Sequence[tuple[str, str, Decimal, str]]) -> dict:
    """Colours by part, with name and figure in the legend."""
    return {
        "order": {"field": "part", "type": "ordinal"},
        "color": {
            "field": "entry",
            "type": "nominal",
            "scale": {
                "domain": [f"{name}  {label}" for name, label, _, _ in parts],
                "range": [_colour(colour) for *_, colour in parts],
            },
            "legend": {"title": None, "orient": "bottom", "columns": 1},
        },
        "tooltip": [
            {"field": "name", "type": "nominal", "title": "Part"},
            {"field": "label", "type": "nominal", "title": "Amount"},
        ],
    }


def columns(
    months: Sequence[tuple[str, str, Sequence[tuple[str, Decimal]]]], caption: str, alt: str
) -> Chart | None:
    """A column per month (name, label, parts by basis); None without any amount."""
    highest = max((sum(v for _, v in parts if v > 0) for *_, parts in months), default=Decimal(0))
    if not highest:
        return None
    used = [
        name
        for name in BASIS_COLOURS
        if any(v for *_, parts in months for n, v in parts if n == name)
    ]
    values = [
        {"month": month, "basis": basis, "part": index, "value": float(v), "label": label}
        for month, label, parts in months
        for index, (basis, v) in enumerate(parts)
        if v
    ]
    totals = [
        {"month": month, "label": label, "top": float(sum(v for _, v in parts if v > 0))}
        for month, label, parts in months
    ]
    needed = len(months) * (max(len(label) for _, label, _ in months) * LETTER + GAP)
    x = {
        "field": "month",
        "type": "ordinal",
        "sort": None,
        "title": None,
        "scale": {"domain": [month for month, *_ in months], "paddingInner": 0.45},
        "axis": {"labelAngle": 0, "ticks": False, "domainColor": _colour("rule")},
    }
    return Chart(
        {
            "height": 140,
            "layer": [
                {
                    "data": {"values": values},
                    "mark": {"type": "bar", "stroke": _colour("strong"), "strokeWidth": 1},
                    "encoding": {
                        "x": x,
                        "y": {
                            "field": "value",
                            "type": "quantitative",
                            "axis": None,
                            "scale": {"domainMax": float(highest) * 1.12},
                        },
                        "order": {"field": "part", "type": "ordinal"},
                        "color": {
                            "field": "basis",
                            "type": "nominal",
                            "scale": {
                                "domain": used,
                                "range": [_colour(BASIS_COLOURS[name]) for name in used],
                            },
                            "legend": {"title": None, "orient": "bottom", "columns": 4},
                        },
                        "tooltip": [
                            {"field": "month", "type": "nominal", "title": "Month"},
                            {"field": "label", "type": "nominal", "title": "All"},
                            {"field": "basis", "type": "nominal", "title": "Part"},
                        ],
                    },
                },
                {
                    "data": {"values": totals},
                    "mark": {
                        **{"type": "text", "dy": -9, "color": _colour("ink")},
                        "fontSize": {"expr": f"min({SIZE}, {SIZE} * width / {needed:.0f})"},
                    },
                    "encoding": {
                        "x": x,
                        "y": {"field": "top", "type": "quantitative"},
                        "text": {"field": "label", "type": "nominal"},
                    },
                },
            ],
        },
        caption,
        alt,
    )


def configuration(font: str) -> dict:
    """What all charts look like."""
    ink = {"labelColor": _colour("ink"), "labelFont": font, "labelFontSize": SIZE}
    return {
        "font": font,
        # The figure around it has the words; marks read one by one would only be noise.
        "aria": False,
        "background": "transparent",
        "padding": 0,
        "view": {"stroke": None},
        "text": {"font": font, "fontSize": SIZE},
        "axis": {**ink, "labelPadding": 6},
        "legend": {**ink, "labelLimit": 420, "symbolType": "square", "symbolSize": 110,
                   "symbolStrokeWidth": 1, "symbolStrokeColor": _colour("strong"), "offset": 8},
    }  # fmt: skip


def svg(chart: Chart, width: int, font: str, name: str) -> str:
    """The chart as SVG text, drawn without any network access; colours are still names.

    name: goes before the ids in it, which Vega counts up from picture to picture.
    """
    picture = vl_convert.vegalite_to_svg(
        {**chart.spec, "width": width, "autosize": {"type": "fit-x", "contains": "padding"}},
        vl_version=VL_VERSION,
        config=configuration(font),
        allowed_base_urls=[],
    )
    ids = {found: f"{name}-{at}" for at, found in enumerate(dict.fromkeys(CLIP.findall(picture)))}
    return CLIP.sub(lambda found: ids[found[0]], picture)


def coloured(picture: str) -> str:
    """An SVG whose colours are those of print."""
    return re.sub(r"var\(--(\w+)\)", lambda name: PALETTE[name[1]], picture)


@cache
def runtime(snippet: str) -> str:
    """The Vega runtime with a program that uses it, as one script without any import."""
    return vl_convert.javascript_bundle(snippet, vl_version=VL_VERSION)
