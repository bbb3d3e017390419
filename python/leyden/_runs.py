"""One run, and what would run."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from . import _leyden, _scenario
from ._errors import OutcomeWarning
from ._result import Result


def warned(result: Result) -> Result:
    """The result, with one warning where it did not converge."""
    if result.outcome != "converged":
        said = f"the run ended as {result.outcome!r}: its numbers are not to be relied on"
        warnings.warn(said, OutcomeWarning, stacklevel=3)
    return result


def run(
    scenario: _scenario.Scenario,
    *,
    set: Mapping[str, Any] | None = None,
    method: str | None = None,
    verify: bool = False,
    threads: int | None = None,
) -> Result:
    """Runs a scenario.

    Parameters
    ----------
    scenario : path, text or mapping
        A path, or a text without a line break, is a file; a text with a line break is TOML; a mapping is the parsed TOML.
    set : mapping, optional
        Values of dotted keys, as ``--set``: ``set={"drive.amplitude": 0.7}``.
    method : str, optional
        A method by its name; the best one that applies where left out.
    verify : bool
        Run a second, independent method beside the first.
    threads : int, optional
        A run has one thread; its bits are the same for any number.

    Returns
    -------
    Result
        The document of ``leyden run --json``.

    Raises
    ------
    ScenarioError
        What is wrong in the scenario, with key, line and column.
    TooLargeError
        Where it needs more memory than there is.

    Examples
    --------
    >>> import leyden
    >>> r = leyden.run(leyden.scenarios()["two-qubits"])
    >>> round(r.asymptote.energy, 9), round(r.charging_time.settling, 4)
    (0.5, 2.2927)
    """
    if threads is not None and (not isinstance(threads, int) or isinstance(threads, bool)):
        raise TypeError(f"threads is a whole number, not {type(threads).__name__}")
    text = _scenario.read(scenario, set, method)
    return warned(Result(_leyden.run(*text, bool(verify)), text.text))


class Method:
    """A method and why it is taken.

    Attributes
    ----------
    name, reason : str
    """

    __slots__ = ("name", "reason")

    def __init__(self, name: str, reason: str):
        self.name, self.reason = name, reason

    def __repr__(self) -> str:
        return f"{self.name} ({self.reason})"


class Plan:
    """What would run; its text is what ``leyden check`` prints.

    Attributes
    ----------
    method : Method
        ``name`` and ``reason``.
    dimension : int
        How many numbers the method carries.
    memory : float
        Bytes that it needs about.
    points : int
        Points of a sweep; 1 without one.
    """

    __slots__ = ("dimension", "memory", "method", "points", "_text")

    def __init__(self, name: str, reason: str, dimension: float, memory: float, points: int, text: str):
        self.method = Method(name, reason)
        self.dimension, self.memory, self.points = int(dimension), memory, points
        self._text = text.rstrip("\n")

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<leyden.Plan: {self.method.name}, dimension {self.dimension}, {self.memory:.3g} bytes>"


def check(
    scenario: _scenario.Scenario, *, set: Mapping[str, Any] | None = None, method: str | None = None
) -> Plan:
    """What would run: method and why, dimension, memory. Parameters and errors as those of :func:`run`.

    Examples
    --------
    >>> import leyden
    >>> leyden.check(leyden.scenarios()["two-qubits"], set={"battery.cells": 3}).method.name
    'rabi-blocks'
    """
    return Plan(*_leyden.check(*_scenario.read(scenario, set, method)))


def as_text(
    scenario: _scenario.Scenario, *, set: Mapping[str, Any] | None = None, method: str | None = None
) -> str:
    """The scenario with its system as ``[parts]``, ``[hamiltonian]`` and ``[[channel]]``, as ``leyden check --as-text`` prints it.

    It is a scenario that runs and gives the same numbers; a study is written at its first point. Parameters and errors as those of
    :func:`run`, and a ScenarioError where parts cannot say what the system is.

    Examples
    --------
    >>> import leyden
    >>> text = leyden.as_text("battery.cells = 2\\ntime.end = 5.0\\n", set={"initial.charger": "excited"})
    >>> [line for line in text.splitlines() if line.startswith("battery")]
    ['battery = "sum(i in cells, n(i))"']
    """
    return _leyden.as_text(*_scenario.read(scenario, set, method))
