"""How far a sweep is, for whoever watches."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, Union

Report = Callable[[int, int], None]
Progress = Union[bool, Report, None]


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    found = shell.get_ipython() if shell is not None and hasattr(shell, "get_ipython") else None
    return type(found).__name__ == "ZMQInteractiveShell"


class _Bar:
    """A bar of tqdm where that is installed, else a line on standard error."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._begin = time.monotonic()
        self._first: int | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._first is None:
            self._first = done
            try:
                with warnings.catch_warnings():
                    # In a notebook without ipywidgets it is a line of text, which is no reason to complain.
                    warnings.simplefilter("ignore")
                    from tqdm.auto import tqdm  # type: ignore[import-untyped]

                self._bar = tqdm(total=total, initial=done, unit="point")
            except ImportError:
                pass
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
            return
        rate = (done - self._first) / max(time.monotonic() - self._begin, 1e-9)
        left = f", about {(total - done) / rate:.0f} s left" if rate > 0 and done < total else ""
        sys.stderr.write(f"\r\x1b[2K{done} of {total} points{left}")
        sys.stderr.flush()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._first is not None:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def reporter(progress: Progress) -> tuple[Report | None, Callable[[], None]]:
    """What is called with points done and points in all, and what ends it."""
    if callable(progress):
        return progress, lambda: None
    if progress is None:
        progress = _in_notebook() or (sys.stderr is not None and sys.stderr.isatty())
    if not progress:
        return None, lambda: None
    bar = _Bar()
    return bar, bar.close
