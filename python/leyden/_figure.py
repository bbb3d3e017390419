"""Figures: what the command draws."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from . import _leyden, _scenario


class Figure:
    """A figure of a result; a notebook shows it by itself.

    Attributes
    ----------
    svg : str
        The picture, byte for byte what the command writes.
    """

    def __init__(self, draw: Callable[[str], bytes]):
        self._draw = draw
        self.svg: str = draw("svg").decode()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture; the end of the name, .svg, .png or .pdf, says how."""
        path = pathlib.Path(path)
        kind = path.suffix.lower().lstrip(".")
        if kind not in ("svg", "png", "pdf"):
            raise ValueError(f"{path} must end in .svg, .png or .pdf")
        path.write_bytes(self._draw(kind))

    def _repr_svg_(self) -> str:
        return self.svg


def specification(spec: str | os.PathLike[str] | Mapping[str, Any] | None) -> str | None:
    """The text of what ``leyden figure --spec`` takes."""
    if spec is None:
        return None
    if isinstance(spec, Mapping):
        return _scenario._table(spec)
    return pathlib.Path(spec).read_text(encoding="utf-8")


def figure(folder: str | os.PathLike[str], spec: str | os.PathLike[str] | Mapping[str, Any] | None = None) -> Figure:
    """The figure of a result folder, of a run or of a sweep.

    Parameters
    ----------
    folder : path
        What ``leyden run`` or :func:`leyden.sweep` wrote.
    spec : path or mapping, optional
        What to draw, as ``leyden figure --spec`` takes it.
    """
    text = specification(spec)
    return Figure(lambda kind: _leyden.folder_figure(os.fspath(folder), text, kind))
