"""One HTML file without a server: sections, tables and pictures, all of it inside the file."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from likewise.errors import LikewiseError

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #dde3ea; --paper: #ffffff; --card: #f6f8fa;
  --good: #1a7f4b; --bad: #c0392b; --accent: #2f5fd0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #2d3642; --paper: #12161c; --card: #1a2029; --good: #4cc38a;
    --bad: #ff7b6b; --accent: #8fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.3rem; margin: 2.8rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; } p { max-width: 46rem; }
.lead { font-size: 1.12rem; color: var(--soft); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .4rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; font-size: .85rem; } th:first-child, td:first-child { text-align: left; }
td small { display: block; color: var(--soft); font-size: .78rem; line-height: 1.1;
  } td.best { font-weight: 700; color: var(--accent); }
tr:hover td { background: var(--card); }
figure { margin: 1rem 0; } figcaption { color: var(--soft); font-size: .9rem; max-width: 46rem; }
figure > img { max-width: 100%; height: auto; background: #fff; border-radius: 10px; border: 1px solid var(--line); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(20.5rem, 1fr)); gap: 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .9rem 1rem; }
.card h3 { margin: 0 0 .1rem; } .card p { margin: 0 0 .6rem; color: var(--soft); font-size: .9rem; }
.row { display: flex; gap: .25rem; align-items: center; margin: .3rem 0; } .row .gap { width: .6rem; }
.row img { width: 2.35rem; height: 2.35rem; object-fit: cover; border-radius: 6px; border: 3px solid var(--line); }
.pixel img { image-rendering: pixelated; } .row img.anchor { border-color: var(--ink); }
.row img.alike { border-color: var(--good); } .row img.unlike { border-color: var(--bad); border-style: dashed; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1rem;
  overflow-x: auto;
  font-size: .88rem; line-height: 1.45; } code { font-family: ui-monospace, monospace; font-size: .92em; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; border-top: 1px solid var(--line);
  padding-top: 1rem; }
"""


@dataclass
class Page:
    """A page that grows section by section.

    Attributes:
        title: of the page and of the browser's tab.
        lead: a paragraph under the title.
    """

    title: str
    lead: str = ""
    parts: list[str] = field(default_factory=list)

    def section(self, heading: str, *bodies: str) -> None:
        """Add a heading and ready-made HTML."""
        self.parts.append(f"<section><h2>{escape(heading)}</h2>{''.join(bodies)}</section>")

    def render(self, footer: str = "") -> str:
        """The whole file."""
        lead = f'<p class="lead">{escape(self.lead)}</p>' if self.lead else ""
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>{STYLE}</style></head><body><main>"
            f"<header><h1>{escape(self.title)}</h1>{lead}</header>{''.join(self.parts)}"
            f"<footer>{escape(footer)}</footer></main></body></html>\n"
        )

    def write(self, path: str | Path, footer: str = "") -> Path:
        """Write the file, whole or not at all.

        Raises:
            LikewiseError: the disk refuses.
        """
        path = Path(path)
        work = path.with_name(f".{path.name}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            work.write_text(self.render(footer), encoding="utf-8")
            os.replace(work, path)
        except OSError as error:
            raise LikewiseError(f"could not write the report to {path}: {error.strerror or error}.") from None
        return path


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def code(text: str) -> str:
    """A block of code or output."""
    return f"<pre><code>{escape(text)}</code></pre>"


def table(
    columns: Sequence[str], rows: Sequence[tuple[str, Sequence[tuple[str, str] | None]]], best: bool = False
) -> str:
    """A table of (name, cells); a cell is (value, spread) or None. ``best`` marks the largest value of each column."""
    tops = [_largest([row[1][column] for row in rows]) if best else None for column in range(len(columns))]
    head = "".join(f"<th>{escape(name)}</th>" for name in ("", *columns))
    body = []
    for name, cells in rows:
        shown = [_cell(cell, cell is not None and cell[0] == top) for cell, top in zip(cells, tops, strict=True)]
        body.append(f"<tr><td>{escape(name)}</td>{''.join(shown)}</tr>")
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def _cell(cell: tuple[str, str] | None, best: bool) -> str:
    if cell is None:
        return "<td><small>–</small></td>"
    spread = f" <small>{escape(cell[1])}</small>" if cell[1] else ""
    mark = ' class="best"' if best else ""
    return f"<td{mark}>{escape(cell[0])}{spread}</td>"


def _largest(cells: Sequence[tuple[str, str] | None]) -> str | None:
    values = [cell[0] for cell in cells if cell is not None]
    return max(values, key=lambda value: float(value.rstrip("%")), default=None)


def figure(uri: str, alt: str, caption: str = "") -> str:
    """A picture with a caption; ``uri`` holds it whole."""
    note = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="{uri}" alt="{escape(alt, quote=True)}">{note}</figure>'


def data_uri(content: bytes, kind: str = "image/png") -> str:
    """Bytes as an address that holds them."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
