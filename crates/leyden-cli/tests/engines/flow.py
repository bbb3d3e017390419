"""dv/dt = A v by Taylor series whose coefficients are kept.

A step h with |A| h <= 2 is summed until its terms vanish (about 35, no cancellation). Linear functionals f v(t) are then known
as polynomials in every step: values, derivatives, integrals, crossings and maxima to rounding, without interpolation.
"""
import numpy as np
from scipy.optimize import brentq


class Flow:
    """`functionals` maps a name to a matrix (rows, dim); the state itself is not kept."""

    def __init__(self, a, v0, functionals):
        self.a, self.v, self.t = a, np.array(v0, dtype=a.dtype), 0.0
        self.names, self.rows = functionals, {}
        self.step = 2.0 / max(abs(a).sum(axis=0).max(), 1e-300)
        self.starts, self.pieces = [], []

    def extend(self, t_end):
        while self.t < t_end:
            term, h = self.v.copy(), self.step
            total, k = term.copy(), 0
            coefficients = {name: [f @ term] for name, f in self.names.items()}
            while np.abs(term).max() > 1e-19 * np.abs(total).max():
                k += 1
                term = self.a @ term * (h / k)
                total += term
                for name, f in self.names.items():
                    coefficients[name].append(f @ term)
            self.starts.append(self.t)
            self.pieces.append({name: np.array(c) for name, c in coefficients.items()})
            self.v, self.t = total, self.t + h

    def at(self, t, name, derivative=0):
        """The functional or its derivative at t."""
        self.extend(t)
        i = max(np.searchsorted(self.starts, t, side="right") - 1, 0) if self.starts else 0
        if not self.starts:
            self.extend(self.step / 2)
        return self.piece(i, (t - self.starts[i]) / self.step, name, derivative)

    def piece(self, i, s, name, derivative=0):
        c = self.pieces[i][name]
        k = np.arange(len(c))
        for _ in range(derivative):
            c = (c.T * k).T[1:] / self.step
            k = k[:-1]
        return (c.T * s ** k[: len(c)]).T.sum(axis=0)

    def integral(self, t, name):
        """int_0^t of the functional."""
        self.extend(max(t, 1e-300))
        total = 0.0
        for start, piece in zip(self.starts, self.pieces):
            if start >= t:
                break
            s = min(1.0, (t - start) / self.step)
            c = piece[name]
            k = np.arange(1, len(c) + 1)
            total = total + self.step * (c.T * (s ** k / k)).T.sum(axis=0)
        return total

    def crossings(self, name, level, t_end):
        """All t < t_end with a scalar functional = level."""
        self.extend(t_end)
        grid = np.linspace(0.0, 1.0, 9)
        found = []
        for i, start in enumerate(self.starts):
            if start >= t_end:
                break
            f = lambda s: float(np.real(self.piece(i, s, name))) - level
            values = [f(s) for s in grid]
            for a, b, fa, fb in zip(grid, grid[1:], values, values[1:]):
                if fa != 0.0 and fa * fb <= 0.0:
                    found.append(start + self.step * brentq(f, a, b, xtol=1e-15))
        return found

    def maximum(self, name, derivative, t_end):
        """(value, time) of the largest value of a derivative of a scalar functional before t_end."""
        self.extend(t_end)
        value = lambda i, s, d: float(np.real(self.piece(i, s, name, d)))
        best, time = value(0, 0.0, derivative), 0.0
        grid = np.linspace(0.0, 1.0, 5)
        for i, start in enumerate(self.starts):
            if start >= t_end:
                break
            slopes = [value(i, s, derivative + 1) for s in grid]
            for a, b, fa, fb in zip(grid, grid[1:], slopes, slopes[1:]):
                if fa > 0.0 >= fb:
                    s = brentq(lambda s: value(i, s, derivative + 1), a, b, xtol=1e-15)
                    if value(i, s, derivative) > best:
                        best, time = value(i, s, derivative), start + self.step * s
        return best, time
