"""Numbers in words, as the templates write them."""

from __future__ import annotations

import math


def share(value: float | None, digits: int = 0) -> str:
    """A share as per cent.

    >>> share(0.123), share(None)
    ('12%', '–')
    """
    return "–" if value is None or math.isnan(value) else f"{100 * value:.{digits}f}%"


def seconds(value: float | None) -> str:
    """A duration as one would say it.

    >>> seconds(1.234), seconds(75), seconds(8000), seconds(None)
    ('1.2 s', '1 min', '2.2 h', '–')
    """
    if value is None:
        return "–"
    if value < 10:
        return f"{value:.1f} s"
    if value < 60:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 5400 else f"{value / 3600:.1f} h"


def fixed(value: float | None, digits: int = 2) -> str:
    """A number with so many digits."""
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def figures(value: float) -> str:
    """A number in three significant digits, or as many as its whole part has.

    >>> figures(0.12345), figures(14.23), figures(1065.0), figures(2.0), figures(1234567.0)
    ('0.123', '14.2', '1065', '2', '1.23e+06')
    """
    return f"{value:.0f}" if 100 <= abs(value) < 999_999.5 else f"{value:.3g}"


def counted(value: int, one: str, several: str | None = None) -> str:
    """A number of things.

    >>> counted(1, "answer"), counted(1200, "answer")
    ('1 answer', '1,200 answers')
    """
    return f"{value:,} {one if value == 1 else several or one + 's'}"


FILTERS = {"share": share, "seconds": seconds, "fixed": fixed, "counted": counted}
