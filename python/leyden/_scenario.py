"""Scenarios as files, texts and mappings."""

from __future__ import annotations

import datetime
import os
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple, Union

import numpy as np

from . import _leyden

Scenario = Union[str, "os.PathLike[str]", Mapping]


class Text(NamedTuple):
    """A scenario as the extension module takes it."""

    name: str
    text: str
    placed: bool  # whether lines of `text` are lines of the user


def read(scenario: Scenario, set: Mapping[str, Any] | None = None, method: str | None = None) -> Text:
    """The text of a scenario with what is set in it."""
    if isinstance(scenario, Mapping):
        found = Text("mapping", _table(scenario), False)
    elif isinstance(scenario, os.PathLike) or (isinstance(scenario, str) and "\n" not in scenario):
        path = pathlib.Path(scenario)
        found = Text(str(path), path.read_text(encoding="utf-8"), True)
    elif isinstance(scenario, str):
        found = Text("scenario", scenario, True)
    else:
        raise TypeError(f"a scenario is a path, a text or a mapping, not {type(scenario).__name__}")
    if set is not None and not isinstance(set, Mapping):
        raise TypeError(f"set is a mapping of keys to values, not {type(set).__name__}")
    pairs = [f"{_key_text(key)}={_value(value)}" for key, value in (set or {}).items()]
    if method is not None:
        if not isinstance(method, str):
            raise TypeError(f"method is a name, not {type(method).__name__}")
        pairs.append(f"method.name={_value(method)}")
    if pairs:
        found = Text(f"{found.name} with --set", _leyden.with_set(found.text, pairs), False)
    return found


def _key_text(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key is a text such as 'drive.amplitude', not {type(key).__name__}")
    return key


def _table(mapping: Mapping) -> str:
    """A mapping as TOML, one value a line; tables inside are inline."""
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in mapping.items())


def _key(key: Any) -> str:
    key = _key_text(key)
    bare = key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
    return key if bare else _string(key)


def _string(text: str) -> str:
    special = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(special.get(c, c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}") for c in text) + '"'


def _value(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return {"inf": "inf", "-inf": "-inf", "nan": "nan"}.get(repr(float(value)), repr(float(value)))
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, os.PathLike):
        return _string(os.fspath(value))
    if isinstance(value, np.ndarray):
        return _value(value.tolist())
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, (list, tuple, range)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    raise TypeError(f"a value of a scenario is a number, text, truth, list or mapping, not {type(value).__name__}")
