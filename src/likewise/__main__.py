"""``python -m likewise``, the same as the command ``likewise``."""

from likewise.cli.main import run

run()
