"""Registries of named parts: built in, of installed packages, and registered by hand.

Whatever is chosen by name (a loss, a method, an encoder, views, a source, a prior) comes from one of these. Built-in
parts are references that are resolved when they are used, so that listing names imports nothing. An installed package
adds parts by entry points of the group ``likewise.losses``, ``likewise.methods``, and so on.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any, TypeVar, cast

from likewise.errors import LikewiseError, unknown_name

T = TypeVar("T")
Part = TypeVar("Part", bound=Callable[..., Any])

WHERE = {
    "encoder": "likewise.methods.encoders:ENCODERS",
    "loss": "likewise.losses:LOSSES",
    "method": "likewise.methods:METHODS",
    "modality": "likewise.modalities:MODALITIES",
    "prior": "likewise.priors:PRIORS",
    "source": "likewise.sources:SOURCES",
    "strategy": "likewise.active.strategies.registry:STRATEGIES",
}
"""Where the registry of each kind is; views have one for each kind of data: "image views"."""


class Registry(Mapping[str, T]):
    """Parts of one kind by name; reading one resolves it.

    Args:
        kind: what the parts are, in the singular: "loss".
        builtin: name to "module:attribute", or to the part itself.
        group: of the entry points by which installed packages add parts.
    """

    def __init__(self, kind: str, builtin: Mapping[str, str | T], *, group: str):
        self.kind, self.builtin, self.group = kind, dict(builtin), group
        self._resolved: dict[str, T] = {}
        self._own: dict[str, T] = {}
        self._entries: dict[str, importlib.metadata.EntryPoint] | None = None

    def register(self, name: str | None = None) -> Callable[[Part], Part]:
        """A decorator that makes a function or class available under a name, by default its own.

        One that is defined again under the same qualified name, as in a notebook, takes its own place.

        Raises:
            LikewiseError: the name is taken, or what is registered has no name or cannot be called.
        """

        def add(part: Part) -> Part:
            if not callable(part):
                raise LikewiseError(f"a {self.kind} is a function or a class, got {part!r}.")
            key = name if name is not None else getattr(part, "__name__", "<nameless>")
            if not isinstance(key, str) or not key or key.startswith("<"):
                raise LikewiseError(f"{part!r} has no name of its own: register it as register({self.kind!r}, 'name').")
            if key in self and not self._is_again(key, part):
                raise LikewiseError(
                    f"there is a {self.kind} {key!r} already, {self._origin(key)}: register yours under another name."
                )
            self._own[key] = cast(T, part)  # of this kind, as far as can be checked
            return part

        return add

    def _is_again(self, name: str, part: object) -> bool:
        whole = qualified_name(part)
        if name not in self._own:  # a package may decorate what its own entry point names
            entry = None if name in self.builtin else self._installed().get(name)
            return entry is not None and entry.value.replace(":", ".") == whole.replace(":", ".")
        return "<" not in whole and qualified_name(self._own[name]) == whole

    def _origin(self, name: str) -> str:
        if name in self.builtin:
            return "built in"
        return qualified_name(self._own[name]) if name in self._own else f"of {_package(self._installed()[name])}"

    def _installed(self) -> dict[str, importlib.metadata.EntryPoint]:
        """The entry points of installed packages by name; a name that is taken stays as it is, with a warning."""
        if self._entries is None:
            self._entries = {}
            for entry in importlib.metadata.entry_points(group=self.group):
                if entry.name in self.builtin or entry.name in self._entries:
                    warnings.warn(
                        f"the {self.kind} {entry.name!r} of {_package(entry)} is left out: the name is taken.",
                        stacklevel=3,
                    )
                else:
                    self._entries[entry.name] = entry
        return self._entries

    def __getitem__(self, name: str) -> T:
        if name in self._own:
            return self._own[name]
        if name not in self._resolved:
            if name in self.builtin:
                self._resolved[name] = _resolve(self.builtin[name])
            elif name in self._installed():
                self._resolved[name] = self._load(self._installed()[name])
            else:
                raise unknown_name(self.kind, name, self)
        return self._resolved[name]

    def _load(self, entry: importlib.metadata.EntryPoint) -> T:
        where = f"the {self.kind} {entry.name!r} of {_package(entry)}"
        try:
            part: T = entry.load()
        except Exception as error:  # whatever somebody else's module raises while it is imported
            raise LikewiseError(
                f"{where} cannot be loaded from {entry.value!r} ({type(error).__name__}: {error}): "
                "update that package, or remove it."
            ) from error
        if not callable(part):
            raise LikewiseError(f"{where} is {part!r}, which cannot be called: update that package, or remove it.")
        return part

    def __contains__(self, name: object) -> bool:
        return name in self.builtin or name in self._own or name in self._installed()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self.builtin, *self._own, *self._installed()}))

    def __len__(self) -> int:
        return len({*self.builtin, *self._own, *self._installed()})

    def __repr__(self) -> str:
        return f"Registry of each {self.kind}: {', '.join(self)}"


def register(kind: str, name: str | None = None) -> Callable[[Part], Part]:
    """A decorator that makes your own loss, method, views, strategy, and so on, available under a name.

    Args:
        kind: "loss", "method", "encoder", "source", "prior", "strategy", "modality", or the views of a kind of data:
            "image views", "vector views".
        name: by default the function's own.

    Raises:
        LikewiseError: there is no such kind, the name is taken, or what is registered cannot be called.
    """
    return registry_of(kind).register(name)


def registry_of(kind: str) -> Registry[Any]:
    """The registry of a kind of parts: "loss", "image views".

    Raises:
        LikewiseError: there is no such kind.
    """
    if kind in WHERE:
        registry: Registry[Any] = _resolve(WHERE[kind])
        return registry
    modalities = _resolve(WHERE["modality"])
    modality, _, what = kind.rpartition(" ")
    if what == "views" and modality in modalities:
        views: Registry[Any] = modalities[modality].views
        return views
    raise unknown_name("kind of part", kind, [*WHERE, *(f"{name} views" for name in modalities)])


def _resolve(reference: Any) -> Any:
    """What "module:attribute" refers to; anything else is the part itself."""
    if not isinstance(reference, str):
        return reference
    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)


def options_of(part: Callable[..., Any]) -> list[str]:
    """The names of the keyword-only arguments of a function or class, in order: its options."""
    return [p.name for p in inspect.signature(part).parameters.values() if p.kind is p.KEYWORD_ONLY]


def takes_any(part: Callable[..., Any]) -> bool:
    """Whether a function takes whatever keyword it is given (``**options``)."""
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(part).parameters.values())


def call_with(part: Callable[..., T], what: str, options: Mapping[str, Any], *arguments: Any) -> T:
    """Call a part with options, refusing those that it does not have.

    Raises:
        LikewiseError: it has no such option.
    """
    require_options(part, what, options)
    return part(*arguments, **options)


def require_options(part: Callable[..., Any], what: str, options: Iterable[str]) -> None:
    """Refuse options that a function or class does not have.

    Raises:
        LikewiseError: it has no such option.
    """
    known = options_of(part)
    for option in () if takes_any(part) else options:
        if option not in known:
            raise _no_option(what, option, known)


def _no_option(what: str, option: str, known: list[str]) -> LikewiseError:
    if not known:
        return LikewiseError(f"{what}: there are no options to choose, got {option}=.")
    return unknown_name(f"option of {what}", option, known)


def qualified_name(value: object) -> str:
    """The full name of a function or class, of an object its class's, as a record can hold it.

    >>> qualified_name(qualified_name), qualified_name(Registry("loss", {}, group="likewise.losses"))
    ('likewise.registry.qualified_name', 'likewise.registry.Registry')
    >>> qualified_name(lambda: 0)
    'likewise.registry.<lambda>'
    """
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{getattr(named, '__module__', None) or 'builtins'}.{named.__qualname__}"


def described_function(function: Callable[..., Any]) -> dict[str, Any]:
    """The full name of a function, and the numbers and words that ``partial`` gave it, as a record can hold them.

    >>> described_function(partial(qualified_name, value=3))
    {'function': 'likewise.registry.qualified_name', 'options': {'value': 3}}
    """
    named, given = (function.func, function.keywords) if isinstance(function, partial) else (function, {})
    options = {name: value for name, value in given.items() if isinstance(value, str | int | float)}
    return {"function": qualified_name(named), "options": options}


def _package(entry: importlib.metadata.EntryPoint) -> str:
    name = entry.dist.name if entry.dist is not None else entry.module.partition(".")[0]
    return f"the package {name!r}"
