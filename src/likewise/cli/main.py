"""The command ``likewise``."""

from __future__ import annotations

import sys
import warnings
from typing import TextIO

import typer

from likewise.cli import demo, fit, graph, space, use
from likewise.errors import LikewiseError

app = typer.Typer(
    help="Self-supervised learning in which you decide what is alike.",
    epilog="Start with: likewise demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (space.space, graph.graph, fit.fit, use.evaluate, use.embed, use.export, use.report, demo.demo):
    app.command()(command)


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    if version:
        import likewise

        print(likewise.__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def run() -> None:
    """Run the command; bad input is one sentence and exit code 2, an interruption exit code 130."""
    warnings.showwarning = _warn
    try:
        app()
    except LikewiseError as error:
        print(f"likewise: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("likewise: interrupted; a run goes on with the same command and --resume.", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if error.filename is None and error.strerror is None:
            raise
        print(f"likewise: {error.strerror}: {error.filename or 'the disk'}", file=sys.stderr)
        sys.exit(2)


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Our warnings as one plain line; those of other packages, which a user cannot act on, not at all."""
    del filename, lineno, file, line
    if issubclass(category, UserWarning) and not issubclass(category, DeprecationWarning | FutureWarning):
        print(f"note: {message}", file=sys.stderr)
