"""Sweeps on executors: pieces of points go out, messages of records come back, this process writes the store."""

from __future__ import annotations

import concurrent.futures
import os
import queue
import time
from typing import Any

from . import _leyden, _scenario
from ._errors import LeydenError
from ._progress import Report

#: Seconds that a piece should take, and points of the first ones and of the last.
PIECE = 3.0
FIRST = 2
#: How often a piece is given out whose worker died.
ATTEMPTS = 4
#: Pieces that wait for each worker, so that none is idle.
AHEAD = 3


def computed(name: str, text: str, points: list[int]) -> tuple[bytes, float]:
    """What a worker does: the records of some points, and the seconds they took."""
    begin = time.monotonic()
    message = _leyden.computed(name, text, points)
    return message, time.monotonic() - begin


def _workers(executor: Any) -> int:
    """How many pieces it can compute at once."""
    for ask in (
        lambda: sum(executor.nthreads().values()),
        lambda: executor._max_workers,
        lambda: len(executor),
    ):
        try:
            return max(1, int(ask()))
        except Exception:  # noqa: BLE001 - executors differ in what they tell
            continue
    return os.cpu_count() or 1


class _Pieces:
    """Pieces that are out."""

    def __init__(self, text: _scenario.Text, executor: Any):
        self.text, self.executor = text, executor
        self.out: dict[int, tuple[Any, list[int], int]] = {}
        self.ended: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.count = 0

    def give(self, points: list[int], attempt: int = 1) -> None:
        number, self.count = self.count, self.count + 1
        submit, keywords = self.executor.submit, {}
        if hasattr(self.executor, "scheduler_info"):
            # Distributed takes equal calls for one: pieces of a second attempt are not.
            keywords = {"pure": False, "retries": 0}
        try:
            future = submit(computed, self.text.name, self.text.text, points, **keywords)
        except Exception as error:
            # A pool whose process was killed takes nothing any more.
            raise LeydenError(
                f"the executor takes no more points ({type(error).__name__}: {error}); what is done is kept in the folder, call again with another one"
            ) from error
        self.out[number] = (future, points, attempt)
        if hasattr(future, "add_done_callback"):
            future.add_done_callback(lambda _, number=number: self.ended.put(number))

    def next(self) -> tuple[Any, list[int], int] | None:
        """One that has ended, or None after a while."""
        try:
            number = self.ended.get(timeout=0.1)
        except queue.Empty:
            # Of futures that do not call back.
            done = (n for n, (future, *_) in self.out.items() if getattr(future, "done", lambda: True)())
            number = next(done, -1)
        return self.out.pop(number, None)

    def cancel(self) -> None:
        for future, *_ in self.out.values():
            getattr(future, "cancel", lambda: None)()


def sweep(
    text: _scenario.Text, folder: str, keep: bool, executor: Any, report: Report | None
) -> tuple[int, int, int]:
    """Computes what is missing of a sweep; points done, failed, and in all."""
    if not callable(getattr(executor, "submit", None)):
        raise TypeError(f"an executor has submit(function, *arguments), and {type(executor).__name__} has not")
    handout = _leyden.Handout(text.name, text.text, text.placed, folder, keep)
    pieces, about, workers = _Pieces(text, executor), FIRST, _workers(executor)
    waiting: list[tuple[list[int], int]] = []
    total = handout.progress()[2]
    try:
        more = True
        while True:
            while len(pieces.out) < AHEAD * workers and (waiting or more):
                if waiting:
                    pieces.give(*waiting.pop())
                    continue
                # Smaller pieces in the end, so that all workers end together.
                left = total - sum(handout.progress()[:2]) - sum(len(points) for _, points, _ in pieces.out.values())
                points = handout.next(min(about, max(FIRST, left // (2 * workers))))
                more = points is not None
                if points is not None:
                    pieces.give(points)
            if not pieces.out:
                break
            ended = pieces.next()
            if ended is None:
                continue
            future, points, attempt = ended
            try:
                message, seconds = future.result()
            except LeydenError:
                raise
            except (Exception, concurrent.futures.CancelledError) as error:
                # Whatever an executor says of a worker that is gone; a point that fails is no exception.
                if attempt == ATTEMPTS:
                    raise LeydenError(f"a piece of {len(points)} points failed {ATTEMPTS} times: {error}") from error
                waiting.append((points, attempt + 1))
                continue
            handout.take(message)
            if seconds > 0:
                about = max(1, min(int(len(points) * PIECE / seconds), 4 * about))
            if report is not None:
                done, failed, total = handout.progress()
                report(done + failed, total)
            workers = _workers(executor)
        return handout.progress()
    finally:
        pieces.cancel()
        handout.finish()
