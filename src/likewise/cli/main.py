"""The command ``likewise``."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from likewise.cli import adapt, ask, check, demo, fit, graph, space, use, view
from likewise.errors import LikewiseError

app = typer.Typer(
    help="Self-supervised learning in which you decide what is alike.",
    epilog="Start with: likewise demo",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for command in (demo.demo, check.check, space.space, graph.graph, adapt.adapt, fit.fit):
    app.command()(command)
for command in (use.evaluate, use.embed, use.export, use.report):
    app.command()(command)
app.command()(ask.ask)
app.command()(ask.audit)
app.command()(view.view)


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    parts: Annotated[
        list[Path] | None,
        typer.Option(
            "--with", metavar="FILE.py", help="Run a file of yours first, which registers parts by name. Repeatable."
        ),
    ] = None,
) -> None:
    if version:
        import likewise

        print(likewise.__version__)
        raise typer.Exit
    for part in parts or []:
        _run_file(part)
    if context.invoked_subcommand is None:
        print(context.get_help())


def _run_file(path: Path) -> None:
    """Run a Python file of the user's, so that what it registers has its name in this command."""
    import importlib.util

    if not path.is_file():
        raise LikewiseError(f"there is no file {path} to take parts from (--with).")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise LikewiseError(f"{path} is no Python file: --with takes FILE.py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # workers and pickles find it by its name
    spec.loader.exec_module(module)


def run() -> None:
    """Run the command with the arguments of this process, and exit."""
    sys.exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; bad input is one sentence on standard error and exit code 2, an interruption exit code 130."""
    warnings.showwarning = _warn
    try:
        code = app(arguments, standalone_mode=False)
    except LikewiseError as error:
        return _refuse(str(error))
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except OSError as error:
        if error.errno == errno.EPIPE:  # the reader, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        if error.strerror is None:
            raise
        return _refuse(f"{error.strerror}: {error.filename or 'while writing'}.")
    except Exception as error:
        message = getattr(error, "format_message", None)  # typer's usage errors, whose class is not public
        if message is None:
            raise
        return _refuse(_usage(message(), getattr(error, "ctx", None)))
    if code == 130:
        print("likewise: interrupted.", file=sys.stderr)
    return code if isinstance(code, int) else 0


def _refuse(sentence: str) -> int:
    print(f"likewise: {sentence}", file=sys.stderr)
    return 2


def _usage(message: str, context: Any) -> str:
    """What typer says of a command line that it cannot read, and where its help is."""
    said = message.strip().rstrip(".")
    command = "likewise" if context is None else context.command_path
    return f"{said[:1].lower()}{said[1:]}{'' if said.endswith('?') else '.'} See `{command} --help`."


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
