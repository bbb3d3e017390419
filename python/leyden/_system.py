r"""Systems of matrices: any Hamiltonian and channels, with the figures of merit of a battery among the factors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import _leyden
from ._merits import HERMITIAN, _is_qobj
from ._result import Result
from ._runs import warned

#: Times at which functions are looked at before a run, and pieces of the run across whose ends no step is taken.
LOOKS = 257
PIECES = 128


class Sparse(NamedTuple):
    """Entries of a square matrix."""

    levels: int
    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    def moved(self, place: np.ndarray) -> Sparse:
        return Sparse(self.levels, place[self.rows], place[self.columns], self.values)

    def adjoint(self) -> Sparse:
        return Sparse(self.levels, self.columns, self.rows, self.values.conj())

    def times(self, factor: complex) -> Sparse:
        return self._replace(values=factor * self.values)

    def plus(self, other: Sparse) -> Sparse:
        both = (np.concatenate(pair) for pair in zip(self[1:], other[1:]))
        return Sparse(self.levels, *both)

    def summed(self) -> Sparse:
        """Entries at one place added up, what vanishes left out."""
        keys, inverse = np.unique(self.rows * self.levels + self.columns, return_inverse=True)
        values = np.zeros(keys.size, dtype=complex)
        np.add.at(values, inverse.ravel(), self.values)
        kept = values != 0
        keys = keys[kept]
        return Sparse(self.levels, keys // self.levels, keys % self.levels, values[kept])

    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return (
            np.ascontiguousarray(self.rows, dtype=np.int64),
            np.ascontiguousarray(self.columns, dtype=np.int64),
            np.ascontiguousarray(self.values, dtype=complex),
        )

    def largest(self) -> float:
        return float(np.abs(self.values).max(initial=0.0))


def sparse(x: Any, what: str) -> Sparse:
    """The entries of an array, a sparse matrix or a Qobj."""
    if _is_qobj(x):
        x = x.to("csr").data.as_scipy()
    if hasattr(x, "tocoo"):
        coo = x.tocoo()
        shape, rows, columns, values = coo.shape, coo.row, coo.col, coo.data
    else:
        array = np.asarray(x)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"{what} is an array, a sparse matrix or a Qobj, not {type(x).__name__}")
        shape = array.shape
        if array.ndim != 2:
            raise ValueError(f"{what} must have the shape (d, d), but has {shape}")
        rows, columns = np.nonzero(array)
        values = array[rows, columns]
    if shape[0] != shape[1] or shape[0] == 0:
        raise ValueError(f"{what} must have the shape (d, d), but has {tuple(shape)}")
    values = np.asarray(values, dtype=complex)
    if not np.isfinite(values).all():
        raise ValueError(f"{what} holds NaN or infinity")
    return Sparse(shape[0], np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64), values)


def _hermitian(a: Sparse, what: str) -> Sparse:
    error = a.plus(a.adjoint().times(-1)).summed().largest()
    if error > HERMITIAN * a.largest():
        raise ValueError(f"{what} must be Hermitian, but |A - A^dag| reaches {error:.1e}")
    return a.plus(a.adjoint()).times(0.5).summed()


class System:
    """A battery among the factors of a tensor product, with whatever charges it.

    Parameters
    ----------
    H : array_like (d, d), sparse matrix, Qobj, or list
        Hamiltonian, hbar = 1; a list ``[H0, (H1, f), ...]`` is H0 + f(t) H1 + ... with real or complex ``f(t)``, Hermitian at every time.
    channels : iterable of (rate, L)
        Adds rate D[L], D[L] rho = L rho L^dag - {L^dag L, rho}/2. A bare L has rate 1, as collapse operators of QuTiP.
    rho0 : array_like (d,), (d, d) or Qobj
        Ket or density matrix at t = 0.
    dims : sequence of int, optional
        Dimensions of the factors, in the order of the tensor product; taken from a Qobj where left out.
    battery : int or sequence of int
        Which factors are the battery, from 0.
    H_B : array_like or Qobj
        Hamiltonian of the battery, on its factors in increasing order.

    Examples
    --------
    A qubit charges another one by exchange:

    >>> import leyden, numpy as np
    >>> lower = np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> hop = np.kron(lower, lower.T)
    >>> excited = np.array([0.0, 0.0, 1.0, 0.0])
    >>> pair = leyden.System(hop + hop.T, rho0=excited, dims=[2, 2], battery=1, H_B=np.diag([0.0, 1.0]))
    >>> round(float(pair.charge([0.0, np.pi / 2]).energy[-1]), 9)
    1.0
    """

    def __init__(
        self,
        H: Any,
        *,
        channels: Iterable[Any] = (),
        rho0: Any,
        dims: Sequence[int] | None = None,
        battery: int | Sequence[int],
        H_B: Any,
    ):
        constant, driven = _parts(H)
        known = next((x for x in (constant, *(part for part, _ in driven)) if x is not None), None)
        if known is None:
            raise ValueError("H is an empty list")
        first = sparse(known, "H")
        self._levels = first.levels
        self._place, self._whole, of_battery = _order(self._levels, dims, known, rho0, battery)
        take = lambda x, what: self._taken(sparse(x, what), what)  # noqa: E731
        zero = Sparse(self._levels, *(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0, dtype=complex))
        self._constant = zero if constant is None else _hermitian(take(constant, "H"), "H")
        self._driven = [(take(part, "a part of H"), f) for part, f in driven]
        self._channels = [_channel(channel, take) for channel in channels]
        self._battery = _hermitian(sparse(H_B, "H_B"), "H_B")
        if self._battery.levels != of_battery:
            raise ValueError(f"H_B must have {of_battery} levels, those of the battery's factors, but has {self._battery.levels}")
        self._rho0, self._ket = self._start(rho0)

    def _taken(self, a: Sparse, what: str) -> Sparse:
        if a.levels != self._levels:
            raise ValueError(f"{what} must have {self._levels} levels as H, but has {a.levels}")
        return a.moved(self._place)

    def _start(self, rho0: Any) -> tuple[np.ndarray | None, np.ndarray | None]:
        array = np.asarray(rho0.full() if _is_qobj(rho0) else rho0.toarray() if hasattr(rho0, "toarray") else rho0)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"rho0 is a ket or a density matrix, not {type(rho0).__name__}")
        n, order = self._levels, np.argsort(self._place)
        array = array.astype(complex)
        if not np.isfinite(array).all():
            raise ValueError("rho0 holds NaN or infinity")
        if array.shape in ((n,), (n, 1)) and n > 1:
            ket = array.reshape(n)[order]
            norm = float(np.linalg.norm(ket))
            if abs(norm - 1) > 1e-8:
                raise ValueError(f"the ket rho0 must have norm 1, but has {norm:.10g}")
            return None, np.ascontiguousarray(ket / norm)
        if array.shape != (n, n):
            raise ValueError(f"rho0 must have the shape ({n},) or ({n}, {n}), but has {array.shape}")
        error = np.abs(array - array.conj().T).max()
        if error > HERMITIAN:
            raise ValueError(f"rho0 must be Hermitian, but |A - A^dag| reaches {error:.1e}")
        return np.ascontiguousarray(array[np.ix_(order, order)]), None

    def charge(
        self,
        times: Any,
        *,
        method: str | None = None,
        tolerance: float = 1e-8,
        verify: bool = False,
        extrema: bool = False,
        title: str = "A system of matrices",
    ) -> Result:
        """Charges the battery; the result is that of any run.

        Parameters
        ----------
        times : array_like
            Nondecreasing times from 0 on; rho0 belongs to t = 0, also where the first time is later.
        method : str, optional
            A general method by its name; the best one that applies where left out.
        tolerance : float
            What states should be accurate to.
        verify : bool
            Run a second, independent method beside the first.
        extrema : bool
            Look for the maxima and averages of a closed system also where that costs more than the run.
        title : str
            Title of the result and its figure.
        """
        shown = np.asarray(times, dtype=float)
        if shown.ndim != 1 or shown.size == 0:
            raise ValueError(f"times must be a list of at least one number, but have the shape {shown.shape}")
        if not np.isfinite(shown).all() or (shown < 0).any() or (np.diff(shown) < 0).any():
            raise ValueError("times must be finite, at least 0, and not decrease")
        end = float(shown[-1])
        document = _leyden.charge(
            self._levels,
            self._constant.entries(),
            self._real_parts(end, shown),
            [(rate, jump.entries()) for rate, jump in self._channels],
            self._rho0,
            self._ket,
            (self._battery.levels, self._battery.entries()),
            shown.tolist(),
            np.linspace(0.0, end, PIECES + 1)[1:-1].tolist() if self._driven and end > 0 else [],
            method,
            float(tolerance),
            bool(verify),
            bool(extrema),
            self._whole,
            title,
        )
        stands_for = f"# a system of matrices, of which this holds the times\ntitle = {_quoted(title)}\ntime.values = {shown.tolist()!r}\n"
        return warned(Result(document, stands_for))

    def _real_parts(self, end: float, shown: np.ndarray) -> list[tuple[Any, Callable[[float], float]]]:
        """f V + f* V^dag over 2 = Re f (V + V^dag)/2 + Im f i(V - V^dag)/2, with functions of modulus 1 at most."""
        looks = np.unique(np.concatenate([np.linspace(0.0, end, LOOKS), shown]))
        values = [np.array([_called(f, t) for t in looks]) for _, f in self._driven]
        self._must_be_hermitian(looks, values)
        parts = []
        for (v, f), seen in zip(self._driven, values):
            real = v.plus(v.adjoint()).times(0.5).summed()
            imaginary = v.plus(v.adjoint().times(-1)).times(0.5j).summed()
            for operator, part in ((real, np.real), (imaginary, np.imag)):
                if operator.values.size == 0:
                    continue
                scale = float(np.abs(part(seen)).max(initial=0.0)) or 1.0
                parts.append((operator.times(scale).entries(), _scaled(f, part, scale)))
        return parts

    def _must_be_hermitian(self, looks: np.ndarray, values: list[np.ndarray]) -> None:
        if not self._driven:
            return
        keys = [np.concatenate([v.rows * v.levels + v.columns, v.columns * v.levels + v.rows]) for v, _ in self._driven]
        places, inverse = np.unique(np.concatenate(keys), return_inverse=True)
        ends = np.cumsum([key.size for key in keys])
        inverses = np.split(inverse.ravel(), ends[:-1])
        for k in range(0, looks.size, max(1, looks.size // 32)):
            rest, scale = np.zeros(places.size, dtype=complex), 0.0
            for (v, _), seen, where in zip(self._driven, values, inverses):
                both = np.concatenate([seen[k] * v.values, -np.conj(seen[k] * v.values)])
                np.add.at(rest, where, both)
                scale = max(scale, float(np.abs(both).max(initial=0.0)))
            error = float(np.abs(rest).max(initial=0.0))
            if error > HERMITIAN * scale:
                raise ValueError(f"H must be Hermitian, but at t = {looks[k]:.6g} |H - H^dag| reaches {error:.1e}")


def _parts(H: Any) -> tuple[Any, list[tuple[Any, Callable[[float], complex]]]]:
    """The part of H that does not depend on time, and the others with their functions."""
    if type(H).__name__ == "QobjEvo":
        H = H.to_list()
    pair = lambda x: isinstance(x, (list, tuple)) and len(x) == 2 and callable(x[1])  # noqa: E731
    if not (isinstance(H, (list, tuple)) and any(map(pair, H))):
        if isinstance(H, (list, tuple)) and len(H) == 1 and (_is_qobj(H[0]) or np.ndim(H[0]) == 2):
            return H[0], []
        return H, []
    constant = [x for x in H if not pair(x)]
    if len(constant) > 1:
        raise ValueError("H has more than one part that does not depend on time; add them up")
    return (constant[0] if constant else None), [(x[0], x[1]) for x in H if pair(x)]


def _channel(channel: Any, take: Callable[[Any, str], Sparse]) -> tuple[float, Sparse]:
    if isinstance(channel, (list, tuple)) and len(channel) == 2 and np.ndim(channel[0]) == 0 and not _is_qobj(channel[0]):
        rate, jump = float(channel[0]), channel[1]
        if not (rate >= 0 and math.isfinite(rate)):
            raise ValueError(f"the rate of a channel must be at least 0, but is {rate}")
        return rate, take(jump, "a channel")
    return 1.0, take(channel, "a channel")


def _order(
    levels: int, dims: Sequence[int] | None, h: Any, rho0: Any, battery: int | Sequence[int]
) -> tuple[np.ndarray, bool, int]:
    """Where each level stands when the battery's factors come last; whether these are several; levels of the battery."""
    if dims is None:
        known = next((x for x in (h, rho0) if _is_qobj(x)), None)
        dims = known.dims[0] if known is not None else [levels]
    factors = [int(d) for d in dims]
    if any(d < 1 for d in factors) or math.prod(factors) != levels:
        raise ValueError(f"dims must multiply to the {levels} levels of H, but are {list(dims)}")
    chosen = [battery] if isinstance(battery, (int, np.integer)) else list(battery)
    if not chosen or len(set(chosen)) != len(chosen) or not all(0 <= k < len(factors) for k in chosen):
        raise ValueError(f"battery must name different factors from 0 to {len(factors) - 1}, but is {battery!r}")
    last = sorted(int(k) for k in chosen)
    others = [k for k in range(len(factors)) if k not in last]
    order = np.arange(levels).reshape(factors).transpose(others + last).ravel()
    place = np.empty(levels, dtype=np.int64)
    place[order] = np.arange(levels)
    return place, len(last) > 1, math.prod(factors[k] for k in last)


def _called(f: Callable[[float], complex], t: float) -> complex:
    value = complex(f(float(t)))
    if not (math.isfinite(value.real) and math.isfinite(value.imag)):
        raise ValueError(f"a function of time must be finite, but is {value} at t = {t:.6g}")
    return value


def _scaled(f: Callable[[float], complex], part: Callable[[Any], Any], scale: float) -> Callable[[float], float]:
    return lambda t: float(part(_called(f, t))) / scale


def _quoted(text: str) -> str:
    from ._scenario import _string

    return _string(text)
