"""A cook's record as one HTML page that needs nothing else: the picture, the words, the result."""

from __future__ import annotations

import base64
import html
import tempfile
from pathlib import Path

from wenhuo.errors import UsageError
from wenhuo_tools.report.plot import plot_cook
from wenhuo_tools.report.record import CookRecord

_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px sans-serif;margin:2em auto;max-width:75em}}img{{width:100%}}</style></head>
<body><h1>{title}</h1><p>{summary}</p><img alt="{title}" src="data:image/png;base64,{png}">
<ol>{decisions}</ol></body></html>
"""


def write_page(record: CookRecord, path: Path) -> Path:
    """Write the page. Raises UsageError where the file cannot be written."""
    with tempfile.TemporaryDirectory(prefix="wenhuo-") as scratch:
        png = plot_cook(record, Path(scratch) / "cook.png").read_bytes()
    decisions = "".join(f"<li>{html.escape(decision.told())}</li>" for decision in record.decisions)
    page = _PAGE.format(
        lang=record.plan["lang"],
        title=html.escape(record.text),
        summary=html.escape(record.summary()),
        png=base64.b64encode(png).decode("ascii"),
        decisions=decisions,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the page to {path}: {error.strerror}") from None
    return path
