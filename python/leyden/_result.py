"""The result of a run: the document of the command, by attributes, paths, arrays and figures."""

from __future__ import annotations

import difflib
import html
import json
import keyword
import os
import tempfile
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _leyden
from ._errors import LeydenError
from ._figure import Figure, specification

if TYPE_CHECKING:
    import xarray


def _attribute(name: str) -> str:
    """A field as an attribute: Python's own words take an underscore."""
    return f"{name}_" if keyword.iskeyword(name) else name


def _nearest(name: str, known: Iterator[str] | list[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return Fields(value)
    if isinstance(value, tuple):
        return tuple(map(_shown, value))
    return value


class Fields:
    """A table of a document; its fields are attributes."""

    __slots__ = ("_table",)
    _table: dict[str, Any]

    def __init__(self, table: dict[str, Any]):
        object.__setattr__(self, "_table", table)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        field = name[:-1] if name.endswith("_") and keyword.iskeyword(name[:-1]) else name
        if field not in self._table or keyword.iskeyword(name):
            near = _nearest(name, [_attribute(known) for known in self._table])
            raise AttributeError(f"no field {name!r}{near}")
        return _shown(self._table[field])

    def __getitem__(self, path: str) -> Any:
        if not isinstance(path, str):
            raise TypeError(f"a path is a text such as 'ergotropy.global', not {type(path).__name__}")
        return _shown(_at(self._table, path))

    def __contains__(self, path: object) -> bool:
        try:
            _at(self._table, str(path))
        except KeyError:
            return False
        return True

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *(_attribute(name) for name in self._table)])

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("results cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("results cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fields) and _same(self._table, other._table)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{', '.join(self._table)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _frozen, (self._table,)


def _frozen(value: Any) -> Any:
    """Fields as they were pickled, with arrays that cannot be changed."""

    def freeze(value: Any) -> None:
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ():
            freeze(inner)

    freeze(value)
    return Fields(value)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and np.array_equal(a, b, equal_nan=True)
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and a == b


def _paths(value: Any, before: str = "") -> Iterator[str]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
    for key, inner in items:
        yield f"{before}{key}"
        yield from _paths(inner, f"{before}{key}.")


def _at(table: dict[str, Any], path: str) -> Any:
    value: Any = table
    parts = path.split(".")
    while parts:
        # Keys of a table may have dots, as those of an optimum.
        for count in range(len(parts), 0, -1):
            key = ".".join(parts[:count])
            if isinstance(value, dict) and key in value:
                value = value[key]
                break
            if isinstance(value, (tuple, np.ndarray)) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
                break
        else:
            raise KeyError(f"{path!r} is no path of this result{_nearest(path, _paths(table))}")
        del parts[:count]
    return value


class Result(Fields):
    """The document of a run.

    Fields are attributes (``r.energy``, ``r.charging_time.settling``; ``r.ergotropy.global_`` where Python has the word), and
    ``r["ergotropy.global"]`` takes every path as the reference names it. Lists of numbers are read-only arrays. A number that does not
    exist is None, and a ``why`` beside it says the reason. Numbers are multiples of the reference frequency, as in the document.
    """

    __slots__ = ("_json", "_scenario")
    _json: str
    _scenario: str

    def __init__(self, document: str, scenario: str):
        super().__init__(_leyden.tree(document))
        object.__setattr__(self, "_json", document)
        object.__setattr__(self, "_scenario", scenario)

    def to_json(self) -> str:
        """The document as ``leyden run --json`` prints it."""
        return self._json

    def to_dict(self) -> dict[str, Any]:
        """The document as plain Python objects."""
        return json.loads(self._json)

    def to_xarray(self) -> xarray.Dataset:
        """What :func:`leyden.open` gives for the folder of this run: in the units of the scenario."""
        from ._studies import loaded

        with tempfile.TemporaryDirectory() as folder:
            _leyden.store(self._scenario, self._json, folder)
            return loaded(folder)

    def figure(self, spec: str | os.PathLike[str] | Mapping[str, Any] | None = None) -> Figure:
        """The picture that the command writes, or one that ``spec`` asks for as ``leyden figure --spec`` does."""
        document, text = self._json, specification(spec)
        return Figure(lambda kind: _leyden.figure(document, text, kind))

    def __str__(self) -> str:
        return _leyden.summary(self._json).rstrip("\n")

    def __repr__(self) -> str:
        return f"<leyden.Result: {self._table['title']!r}, {self._table['outcome']}>"

    def _repr_html_(self) -> str:
        text = f"<pre>{html.escape(str(self))}</pre>"
        try:
            return text + self.figure().svg
        except LeydenError:  # an engine alone has no figure
            return text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and self._json == other._json

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Result, (self._json, self._scenario)


def read_only(mapping: dict[str, str]) -> Mapping[str, str]:
    """A mapping that cannot be changed."""
    return MappingProxyType(mapping)
