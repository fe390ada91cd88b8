"""How a check fails."""


def require(holds: bool, sentence: str) -> None:
    """Raise an ``AssertionError`` with the sentence unless it holds; unlike ``assert`` also under ``python -O``."""
    if not holds:
        raise AssertionError(sentence)
