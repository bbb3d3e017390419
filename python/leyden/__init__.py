"""Quantum batteries: how fast they charge, how much of the energy comes back as work, and what noise and size do to both.

>>> import leyden
>>> r = leyden.run(leyden.scenarios()["two-qubits"], set={"drive.amplitude": 0.7})
>>> r.outcome
'converged'
"""

from __future__ import annotations

import json as _json
from collections.abc import Mapping as _Mapping
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from . import _leyden
from ._errors import LeydenError, OutcomeWarning, ScenarioError, StoreError, TooLargeError
from ._figure import Figure, figure
from ._merits import ChargingTime, bound_energy, capacity, charging_time, ergotropy, passive_state
from ._result import Fields, Result
from ._runs import Plan, as_text, check, run
from ._studies import open, sweep
from ._system import System

if _TYPE_CHECKING:
    from ._style import style

__version__: str = _leyden.__version__

__all__ = [
    "ChargingTime",
    "Fields",
    "Figure",
    "LeydenError",
    "OutcomeWarning",
    "Plan",
    "Result",
    "ScenarioError",
    "StoreError",
    "System",
    "TooLargeError",
    "as_text",
    "bound_energy",
    "capacity",
    "charging_time",
    "check",
    "ergotropy",
    "figure",
    "open",
    "passive_state",
    "run",
    "scenarios",
    "schema",
    "style",
    "sweep",
]


def schema() -> dict[str, _Any]:
    """The JSON schema of a scenario."""
    return _json.loads(_leyden.schema())


def scenarios() -> _Mapping[str, str]:
    """The scenarios that come with leyden: {name: text}.

    >>> import leyden
    >>> "star" in leyden.scenarios()
    True
    """
    from types import MappingProxyType

    return MappingProxyType(_leyden.scenarios())


def __getattr__(name: str) -> _Any:
    if name == "style":
        from ._style import style

        return style
    raise AttributeError(f"module 'leyden' has no attribute {name!r}")
