"""Reports: one HTML file each, made of what the page is made of."""

from likewise.report.documents import POLICY, up_to_date, with_way_back, write_document
from likewise.report.figures import Drawing, curves, dots
from likewise.report.run_report import report_run

__all__ = ["POLICY", "Drawing", "curves", "dots", "report_run", "up_to_date", "with_way_back", "write_document"]
