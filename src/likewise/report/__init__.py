"""Reports: one HTML file each, made of the same few components."""

from likewise.report.html import Page, code, figure, paragraph, table
from likewise.report.pictures import curves, dots, maps, positives, thumbnail
from likewise.report.run_report import FRAMES, report_run

__all__ = [
    "FRAMES",
    "Page",
    "code",
    "curves",
    "dots",
    "figure",
    "maps",
    "paragraph",
    "positives",
    "report_run",
    "table",
    "thumbnail",
]
