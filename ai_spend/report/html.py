"""The report as one HTML file, and the body of its mail.

The file asks nobody for anything: runtime, data, styles and pictures are in it, and a content
security policy forbids every request and every script but its own. Charts are drawn as SVG when
the file is written, so that they are there without scripts, too; the runtime then puts interactive
ones in their place. Texts are escaped by the template (autoescape) and stand in data blocks without
any `<`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from ai_spend.report import charts
from ai_spend.report.layout import Document
from ai_spend.report.words import pieces

FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# Width in pixels at which the pictures of the file are drawn; the page scales them down.
WIDTH = 760
PROGRAM = """
const { specs, config } = JSON.parse(document.getElementById("charts").textContent);
for (const [id, spec] of Object.entries(specs)) {
  const figure = document.getElementById(id);
  const live = figure.appendChild(document.createElement("div"));
  live.className = "live";
  const fitted = { ...spec, width: "container", autosize: { type: "fit-x", contains: "padding" } };
  // ast: expressions are interpreted, for the policy of the page forbids to compile any.
  const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, config };
  vegaEmbed(live, fitted, { ...options, tooltip: { theme: "report" }, logLevel: 1 }).then(
    () => figure.querySelector(".still").remove(),
    () => live.remove(),
  );
}
addEventListener("beforeprint", () => {
  for (const table of document.querySelectorAll("details")) table.open = true;
});
"""


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["breakable"] = _breakable
    return environment


def _breakable(text: str) -> Markup:
    """The text with a place to break in words that are too long for a column."""
    return Markup("<wbr>").join(escape(piece) for piece in pieces(text))


def page(document: Document) -> str:
    """The whole report; the same text for the same report."""
    drawn = {
        f"chart-{number}-{section.key}": section.chart
        for number, part in enumerate(document.parts)
        for section in part.sections
        if section.chart
    }
    program = charts.runtime(PROGRAM)
    if "</script" in program.lower():
        raise AssertionError("the runtime would end its own script element")
    digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()
    specs = {name: chart.spec for name, chart in drawn.items()}
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            document=document,
            pictures={
                # Vega has escaped the texts in it; what it draws is no markup of ours.
                name: Markup(charts.svg(chart, WIDTH, FONT, name))
                for name, chart in drawn.items()
            },
            data=Markup(
                _inert({"specs": specs, "config": charts.configuration(FONT)}),
            ),
            program=Markup(program),
            policy=f"default-src 'none'; script-src 'sha256-{digest}'; "
            "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
            light=charts.PALETTE,
            dark=charts.DARK,
            font=Markup(FONT),
        )
    )


def mail(document: Document) -> str:
    """The body of the mail: the three numbers and a sentence of each section, without scripts."""
    return (
        _environment()
        .get_template("mail.html.j2")
        .render(document=document, palette=charts.PALETTE, font=Markup(FONT))
    )


def _inert(value: object) -> str:
    """JSON for a script element: no character in it can end the element or begin another."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
