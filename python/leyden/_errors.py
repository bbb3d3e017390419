"""What can go wrong, as exceptions."""

from __future__ import annotations


class LeydenError(Exception):
    """Base of all errors of leyden."""


class ScenarioError(LeydenError, ValueError):
    """A scenario that is wrong; its text is what the command prints.

    Attributes
    ----------
    key : str or None
        The key with dots; stages are numbered from 1.
    line, column : int or None
        Where in the text, from 1; None for a mapping or with ``set``.
    reason : str
        What is wrong, in a sentence.
    hint : str or None
        What to do about it.
    """

    def __init__(self, text, key=None, line=None, column=None, reason=None, hint=None):
        super().__init__(text)
        self.key, self.line, self.column = key, line, column
        self.reason, self.hint = text if reason is None else reason, hint

    def __reduce__(self):
        return type(self), (self.args[0], self.key, self.line, self.column, self.reason, self.hint)


class TooLargeError(LeydenError, MemoryError):
    """A run that needs more memory than there is.

    Attributes
    ----------
    needed, allowed : float
        Bytes.
    """

    def __init__(self, text, needed=float("nan"), allowed=float("nan")):
        super().__init__(text)
        self.needed, self.allowed = needed, allowed

    def __reduce__(self):
        return type(self), (self.args[0], self.needed, self.allowed)


class StoreError(LeydenError, OSError):
    """A result folder that cannot be used."""


class OutcomeWarning(UserWarning):
    """A run that did not converge, or points of a sweep that failed: their numbers are not to be relied on."""
