"""One HTML file that needs no server and no network: its style, its script and its pictures are inside it."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from likewise.errors import LikewiseError
from likewise.show import STATIC, data_uri, templates

HERE = Path(__file__).parent / "templates"
STYLE, SCRIPT = ((STATIC / name).read_text(encoding="utf-8") for name in ("show.css", "map.js"))
MARK = data_uri((STATIC / "mark.svg").read_bytes(), "image/svg+xml")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""The Content-Security-Policy that every file carries: no style and no script but ours, and nothing from elsewhere."""
BACK = "<!-- way back -->"
"""Where a server that shows a file may put a link."""


def write_document(path: str | Path, template: str, values: Mapping[str, Any], *folders: Path) -> Path:
    """Render a template that extends document.html, and write the file, whole or not at all.

    Args:
        path: of the file.
        template: its name.
        values: what it needs.
        folders: where it is, if it is not one of this room.

    Raises:
        LikewiseError: the disk refuses.
    """
    path = Path(path)
    given = {"policy": POLICY, "style": STYLE, "script": SCRIPT, "mark": MARK, "back": BACK}
    text = templates(*folders, HERE).get_template(template).render(given | dict(values))
    work = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        work.write_text(text, encoding="utf-8")
        os.replace(work, path)
    except OSError as error:
        raise LikewiseError(f"could not write the report to {path}: {error.strerror or error}.") from None
    return path


def with_way_back(document: str, address: str, name: str) -> str:
    """A written document with a link to where it was opened from, for the server that shows it."""
    return document.replace(BACK, f'<a class="back" href="{escape(address)}">← {escape(name)}</a>', 1)


def up_to_date(document: str) -> bool:
    """Whether a document carries the style and the script that files are written with now, which the policy names."""
    return STYLE in document and SCRIPT in document
