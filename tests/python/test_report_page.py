"""The board report as it is looked at: the page in Chromium, the PDF as words on paper.

Assertions on the laid-out document take the place of golden pictures: nothing overlaps, nothing is
cut, nothing is asked of the network, and a name that is a script stays a name.
"""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from html import unescape
from io import BytesIO
from pathlib import Path

import browser
import pytest
from pypdf import PdfReader
from report_data import NAMES, changed, multiplied, one_line, renamed, shown

from ai_spend.report import Made, make

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CHECK = Path(__file__).with_name("layout_check.js").read_text(encoding="utf-8")
SIZES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    if browser.PATH is None:
        pytest.skip("no Chromium here: apt-get install chromium (.ci/run does)")
    with browser.Browser(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="module")
def odd(marts, tmp_path_factory) -> Made:
    """Two currencies, names that nobody expects, and sums of fifteen digits."""
    owners = ("Engineering", "Data Science", "Marketing", "Sales", "Finance", "Field Service")
    names = [statement for old, new in zip(owners, NAMES.values(), strict=True)
             for statement in renamed(old, new.replace("\0", ""))]  # fmt: skip
    folder = tmp_path_factory.mktemp("odd")
    db = changed(marts, folder / "m.duckdb", *names, *multiplied(10**11))
    return make(db, Path("/nowhere"), "2026-07")


@pytest.fixture(scope="module")
def reports(marts, odd) -> dict[str, Made]:
    return {
        "sample": make(marts, Path("/nowhere"), "2026-09"),
        "odd": odd,
        "empty": make(marts, Path("/nowhere"), "2031-01"),
    }


@pytest.fixture(scope="module")
def pages(reports, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, made in reports.items():
        (folder / f"{name}.html").write_text(made.page, encoding="utf-8")
        (folder / f"{name}-mail.html").write_text(made.mail, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in reports}


@pytest.mark.parametrize(("width", "scheme"), SIZES)
@pytest.mark.parametrize("name", ["sample", "odd", "empty"])
def test_nothing_overlaps_is_cut_or_pale(chromium, pages, name, width, scheme):
    chromium.open(pages[name], width, scheme)
    found = chromium.value(f"({CHECK})({width})")
    assert found["faults"][:20] == []
    assert found["texts"] > (40 if name == "empty" else 400)
    # Of sixteen charts that two currencies could have, the euros have no classes and no models.
    assert found["charts"] == {"sample": 8, "odd": 13, "empty": 0}[name]


def test_the_check_sees_what_is_wrong(chromium, pages, tmp_path):
    """A page that is spoilt on purpose, so that the check above is known to look."""
    page = pages["sample"].read_text(encoding="utf-8")
    spoilt = page.replace(
        "</style>",
        "h2 { margin-top: -30px; } .subtitle { color: var(--faint); } "
        ".tile { white-space: nowrap; }</style>",
    )
    path = tmp_path / "spoilt.html"
    path.write_text(spoilt, encoding="utf-8")
    chromium.open(path, 390, "light")
    faults = " ".join(chromium.value(f"({CHECK})(390)")["faults"])
    assert "overlap" in faults and "contrast" in faults and "outside the window" in faults


def test_the_page_asks_nobody_for_anything(chromium, pages):
    for path in pages.values():
        chromium.open(path, 1280, "light")
        for selector in ("summary", "figure svg path"):
            chromium.value(
                f"document.querySelector('{selector}')?.dispatchEvent(new Event('click'))"
            )
        asked = [url for url in chromium.requests if not url.startswith(("data:", "blob:"))]
        assert asked == [path.as_uri()]
        assert chromium.messages == []


def test_the_policy_of_the_page_forbids_to_ask(chromium, pages):
    chromium.open(pages["sample"], 1280, "light")
    refused = chromium.value(
        "fetch('https://example.com/').then(() => 'answered', error => 'refused: ' + error)"
    )
    assert refused.startswith("refused")
    assert any("Content Security Policy" in text for text in chromium.messages)
    chromium.value(
        "document.body.append(Object.assign(document.createElement('script'),"
        " { textContent: 'window.added = 1' })), 0"
    )
    assert chromium.value("window.added") is None


def test_a_script_in_a_name_is_a_name(chromium, pages):
    chromium.open(pages["odd"], 1280, "light")
    assert chromium.value("document.title").startswith("AI spend, July 2026")
    assert chromium.messages == []
    assert chromium.value("document.querySelectorAll('img').length") == 0
    assert chromium.value("document.querySelectorAll('script').length") == 2
    handlers = chromium.value(
        "[...document.querySelectorAll('*')].filter(of => [...of.attributes]"
        ".some(named => named.name.startsWith('on'))).length"
    )
    assert handlers == 0
    names = chromium.value("[...document.querySelectorAll('bdi')].map(of => of.textContent)")
    assert NAMES["html"] in names and NAMES["typst"] in names and NAMES["right to left"] in names
    # The tip over a bar shows the name, and is no markup either.
    chromium.value(
        "document.querySelectorAll('#chart-0-departments path').forEach(of =>"
        " of.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, clientX: 300 })))"
    )
    assert chromium.value("document.querySelectorAll('img').length") == 0


def test_without_scripts_the_charts_are_there(reports):
    """As a mail reader or a preview shows the file: pictures and tables, no live chart."""
    page = reports["sample"].page
    stills = re.findall(r'<figure id="([^"]+)" role="img" aria-label="([^"]+)"><div class="still">'
                        r"(<svg .*?</svg>)", page, re.DOTALL)  # fmt: skip
    assert len(stills) == 8
    for name, words, picture in stills:
        assert len(unescape(words)) > 30, name
        assert "<script" not in picture and "<image" not in picture and "href" not in picture


def test_a_keyboard_reaches_tables_and_sections(chromium, pages):
    chromium.open(pages["sample"], 1280, "light")
    reached = []
    for _ in range(60):
        for kind in ("keyDown", "keyUp"):
            chromium.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                          windowsVirtualKeyCode=9)  # fmt: skip
        reached.append(chromium.value("document.activeElement.tagName + ' ' + "
                                      "(document.activeElement.className || '')"))  # fmt: skip
    assert reached[0].startswith("A skip")
    kinds = {text.split()[0] for text in reached}
    assert {"A", "SUMMARY"} <= kinds and any("scroll" in text for text in reached)
    # Enter opens the table behind a chart.
    chromium.value("document.querySelector('summary').focus()")
    for kind in ("keyDown", "keyUp"):
        chromium.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
                      windowsVirtualKeyCode=13)  # fmt: skip
    assert chromium.value("document.querySelector('details').open")


def test_the_page_prints_with_its_tables(chromium, pages, reports):
    chromium.open(pages["sample"], 1280, "dark")
    printed = chromium.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    reader = PdfReader(BytesIO(base64.b64decode(printed["data"])))
    text = one_line(" ".join(page.extract_text() for page in reader.pages))
    block = reports["sample"].report.blocks[0]
    for owner in block.departments:
        assert f"{owner.name} {shown(owner.effective)} " in text
    assert 5 <= len(reader.pages) <= 16


def test_the_mail_can_be_read(chromium, pages, reports):
    """Without scripts and styles of a file, at the width of a phone."""
    mail = reports["sample"].mail
    assert "<script" not in mail and "http" not in mail and len(mail) < 100_000
    for name in ("sample", "odd"):
        path = pages[name].with_name(f"{name}-mail.html")
        chromium.call("Page.navigate", url=path.as_uri())
        chromium.value("new Promise(done => setTimeout(done, 200))")
        chromium.call("Emulation.setDeviceMetricsOverride", width=390, height=900,
                      deviceScaleFactor=1, mobile=True)  # fmt: skip
        assert chromium.value("document.documentElement.scrollWidth") <= 390


# --- the PDF as paper ----------------------------------------------------------------------------

WORD = re.compile(
    r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)<'
)
PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.DOTALL)


def words_on_paper(pdf: bytes, folder: Path) -> list[tuple[float, float, list[tuple]]]:
    """(width, height, words) of each page; a word is left, top, right, bottom, text, in points."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here: apt-get install poppler-utils (.ci/run does)")
    (folder / "report.pdf").write_bytes(pdf)
    subprocess.run(["pdftotext", "-bbox", "report.pdf", "words.html"], cwd=folder, check=True)
    written = (folder / "words.html").read_text(encoding="utf-8", errors="replace")
    return [
        (float(width), float(height),
         [(*map(float, found[:4]), unescape(found[4])) for found in WORD.findall(page)])
        for width, height, page in PAGE.findall(written)
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["sample", "odd", "empty"])
def test_words_on_paper_neither_overlap_nor_leave_it(reports, tmp_path, name):
    pages = words_on_paper(reports[name].pdf, tmp_path)
    assert sum(len(words) for *_, words in pages) > (150 if name == "empty" else 1500)
    for number, (width, height, words) in enumerate(pages, 1):
        assert (round(width), round(height)) == (595, 842)
        for left, top, right, bottom, text in words:
            assert left > 50 and right < width - 50 and top > 30 and bottom < height - 15, (
                number, text,
            )  # fmt: skip
        for at, one in enumerate(words):
            for other in words[at + 1 :]:
                across = min(one[2], other[2]) - max(one[0], other[0])
                # Boxes are as high as the line, so they touch where lines are close.
                down = min(one[3], other[3]) - max(one[1], other[1])
                assert across < 1.5 or down < 0.45 * min(one[3] - one[1], other[3] - other[1]), (
                    number, one, other,
                )  # fmt: skip
