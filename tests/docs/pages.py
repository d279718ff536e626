"""Reading the documentation's pages: headings, anchors, tables and blocks of code."""

from __future__ import annotations

import importlib.util
import re
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
CODE_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^ *```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ +(?P<title>.+?)\s*$", re.MULTILINE)
EXPLICIT_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
DOCUMENTED_PORT = "8765"
"""Where the examples' server listens; a test runs it on a free port."""
CELL = re.compile(r"(?<!\\)\|")


def load_generator() -> Any:
    specification = importlib.util.spec_from_file_location("generate_docs", ROOT / "scripts" / "generate-docs.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["generate_docs"] = module
    specification.loader.exec_module(module)
    return module


generator: Any = load_generator()


def commands() -> dict[str, click.Command]:
    return {path: command for path, command, _context in generator.commands()}


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def relative(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return CODE_FENCE.sub("", page.read_text("utf-8"))


def blocks(text: str, language: str) -> list[str]:
    """The blocks of code in a language."""
    return [fence["body"] for fence in CODE_FENCE.finditer(text) if fence["language"] == language]


def headings(page: Path) -> list[str]:
    return [re.sub(r"[`*]", "", match["title"]) for match in HEADING.finditer(prose(page))]


def anchors(page: Path) -> list[str]:
    return [slug(title) for title in headings(page)] + EXPLICIT_ANCHOR.findall(prose(page))


def slug(title: str) -> str:
    """The anchor that mkdocs makes of a title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def section(page: str, anchor: str) -> str:
    """The text between an explicit anchor and the next one, or the page's end."""
    found = re.search(rf'<a id="{anchor}"></a>(.*?)(?=^<a id=|\Z)', text_of(page), re.DOTALL | re.MULTILINE)
    assert found is not None, f"{page} has no anchor {anchor}"
    return found[1]


def rows(text: str) -> Iterator[list[str]]:
    """The rows of all tables, without their headers, each as its cells."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("|") and number and lines[number - 1].startswith("|") and not line.startswith("|---"):
            yield [cell.strip().replace("\\|", "|") for cell in CELL.split(line)[1:-1]]


def code(cell: str) -> str | None:
    """What stands in a cell between backticks, or None where it is not code alone."""
    found = re.fullmatch(r"(`+) ?(.+?) ?\1", cell)
    return found[2] if found else None
