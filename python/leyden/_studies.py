"""Sweeps, and result folders as datasets."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _executor, _leyden, _scenario
from ._errors import OutcomeWarning, StoreError
from ._progress import Progress, reporter

if TYPE_CHECKING:
    import xarray


def _xarray() -> Any:
    try:
        import xarray
        import zarr
    except ImportError as error:
        raise ImportError("datasets need xarray and zarr: pip install 'leyden[xarray]'") from error
    if int(zarr.__version__.split(".")[0]) < 3:
        raise ImportError(f"datasets need zarr 3, for Python 3.11 or newer, and this is zarr {zarr.__version__}")
    return xarray


def open(folder: str | os.PathLike[str]) -> xarray.Dataset:
    """Opens a result folder, of a run or of a sweep; arrays are read when they are used.

    Parameters
    ----------
    folder : path
        What ``leyden run`` or :func:`leyden.sweep` wrote, complete or not: what is missing is NaN.

    Returns
    -------
    xarray.Dataset
        Variables are named by their paths with underscores (``ergotropy_global``) and have ``units`` and ``long_name``.

    Raises
    ------
    StoreError
        Where the folder holds no results.
    """
    xarray = _xarray()
    path = os.fspath(folder)
    if not os.path.isfile(os.path.join(path, "zarr.json")):
        raise StoreError(f"{path} holds no results: it has no zarr.json")
    return xarray.open_zarr(path, consolidated=True, chunks=None)


def loaded(folder: str | os.PathLike[str]) -> xarray.Dataset:
    """The same in memory."""
    return open(folder).load()


def sweep(
    scenario: _scenario.Scenario,
    out: str | os.PathLike[str] | None = None,
    *,
    set: Mapping[str, Any] | None = None,
    threads: int | None = None,
    progress: Progress = None,
    executor: Any = None,
) -> xarray.Dataset:
    """Computes every point of a scenario with ``[sweep]``.

    Parameters
    ----------
    scenario : path, text or mapping
        As for :func:`leyden.run`.
    out : path, optional
        The folder to keep: the store that the command writes there. An interrupted call goes on where it stopped. Without it nothing stays
        on disk.
    set : mapping, optional
        Values of dotted keys, as ``--set``.
    threads : int, optional
        How many points are computed at once; all cores where left out.
    progress : bool or callable, optional
        None shows a bar where standard error is a terminal or a notebook; a function is called with points done and points in all.
    executor : optional
        Whoever computes the points instead of this machine's cores: anything with ``submit(function, *arguments)`` whose futures have
        ``result()``, such as ``distributed.Client`` and ``concurrent.futures.ProcessPoolExecutor``.

    Returns
    -------
    xarray.Dataset
        One dimension for each axis, ``time`` where times are asked for. Failed points are NaN; ``status`` and ``reason`` say so.
    """
    _xarray()
    text = _scenario.read(scenario, set)
    if threads is not None and (not isinstance(threads, int) or isinstance(threads, bool)):
        raise TypeError(f"threads is a whole number, not {type(threads).__name__}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, but is {threads}")
    if out is None:
        with tempfile.TemporaryDirectory(prefix="leyden-") as scratch:
            folder = os.path.join(scratch, "store")
            _computed(text, folder, threads, False, progress, executor)
            return loaded(folder)
    _computed(text, os.fspath(out), threads, True, progress, executor)
    return open(out)


def _computed(
    text: _scenario.Text, folder: str, threads: int | None, keep: bool, progress: Progress, executor: Any
) -> None:
    report, close = reporter(progress)
    try:
        if executor is None:
            done, failed, total = _leyden.sweep(*text, folder, threads, keep, report)
        else:
            done, failed, total = _executor.sweep(text, folder, keep, executor, report)
    finally:
        close()
    if failed:
        said = f"{failed} of {total} points failed: `status` and `reason` of the dataset say which and why"
        warnings.warn(said, OutcomeWarning, stacklevel=4)
