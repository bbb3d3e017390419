r"""Figures of merit of anybody's states.

With the eigenvalues r of rho in nonincreasing order and the levels eps of H in nondecreasing order, degeneracies counted,

.. math:: W = \mathrm{Tr}\,\rho H - \sum_k r_k \epsilon_k .
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

#: How far a matrix may be from Hermitian, relative to its largest entry.
HERMITIAN = 1e-8
#: Weight outside the symmetric subspace up to which a state counts as symmetric.
SYMMETRIC = 1e-10


def matrix(x: Any, what: str) -> np.ndarray:
    """An array (..., d, d) of whatever holds matrices."""
    if isinstance(x, (list, tuple)) and x and all(_is_qobj(item) for item in x):
        return np.stack([matrix(item, what) for item in x])
    if _is_qobj(x):
        full = np.asarray(x.full())
        x = full @ full.conj().T if x.isket else full
    elif hasattr(x, "toarray"):
        x = x.toarray()
    array = np.asarray(x)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{what} is an array, a sparse matrix or a Qobj, not {type(x).__name__}")
    array = array.astype(complex if array.dtype.kind == "c" else float, copy=False)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2] or array.shape[-1] == 0:
        raise ValueError(f"{what} must have the shape (..., d, d), but has {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{what} holds NaN or infinity")
    error = np.abs(array - np.swapaxes(array.conj(), -1, -2)).max(initial=0.0)
    if error > HERMITIAN * max(1.0, np.abs(array).max(initial=0.0)):
        raise ValueError(f"{what} must be Hermitian, but |A - A^dag| reaches {error:.1e}")
    return array


def _is_qobj(x: Any) -> bool:
    return type(x).__name__ == "Qobj" and hasattr(x, "full")


def _both(rho: Any, H: Any) -> tuple[np.ndarray, np.ndarray]:
    states, hamiltonian = matrix(rho, "rho"), matrix(H, "H")
    if states.shape[-1] != hamiltonian.shape[-1]:
        raise ValueError(f"rho and H must have as many levels, but have {states.shape[-1]} and {hamiltonian.shape[-1]}")
    try:
        np.broadcast_shapes(states.shape[:-2], hamiltonian.shape[:-2])
    except ValueError:
        shapes = f"{states.shape[:-2]} and {hamiltonian.shape[:-2]}"
        raise ValueError(f"leading dimensions of rho and H must go together, but are {shapes}") from None
    return states, hamiltonian


def _eigenvalues(a: np.ndarray) -> np.ndarray:
    """Eigenvalues, nondecreasing."""
    if a.shape[-1] == 2:
        # mean -+ radius of the Bloch vector
        mean = 0.5 * (a[..., 0, 0].real + a[..., 1, 1].real)
        half = 0.5 * (a[..., 0, 0].real - a[..., 1, 1].real)
        radius = np.sqrt(half * half + _square(a[..., 1, 0]))
        return np.stack([mean - radius, mean + radius], axis=-1)
    return np.linalg.eigvalsh(a)


def _square(x: np.ndarray) -> np.ndarray:
    return x.real * x.real + x.imag * x.imag


def _energy(states: np.ndarray, hamiltonian: np.ndarray) -> np.ndarray:
    return np.einsum("...ij,...ji->...", states, hamiltonian).real


def _number(x: np.ndarray) -> Any:
    return float(x) if np.ndim(x) == 0 else x


def ergotropy(rho: Any, H: Any, *, kind: str = "global", dims: Sequence[int] | None = None) -> Any:
    """Ergotropy W = Tr rho H - sum_k r_k eps_k: the largest work that a unitary extracts.

    Parameters
    ----------
    rho : array_like (..., d, d), Qobj or list of Qobj
        States; kets of QuTiP as well. They are not normalised.
    H : array_like (..., d, d), sparse matrix or Qobj
        Hamiltonian; leading dimensions broadcast. Degenerate levels are counted.
    kind : str
        Which unitaries: "global", every one; "collective", those of the permutation-symmetric subspace, for equal cells in a symmetric state;
        "local", one for each cell, where H is a sum over cells. "incoherent" is the global ergotropy after dephasing with the energy
        projectors of H, "coherent" the rest.
    dims : sequence of int, optional
        Levels of the cells, for "collective" and "local"; taken from a Qobj where left out.

    Returns
    -------
    float or ndarray
        In the unit of H, over the leading dimensions.

    Raises
    ------
    ValueError
        What is not Hermitian to 1e-8, has the wrong shape or NaN inside; a kind that there is not for this state or Hamiltonian.

    Examples
    --------
    A qubit of energies 0 and 1 with the Bloch vector (0.6, 0, 0):

    >>> import leyden
    >>> round(leyden.ergotropy([[0.5, 0.3], [0.3, 0.5]], [[0, 0], [0, 1]]), 12)
    0.3
    """
    states, hamiltonian = _both(rho, H)
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, but is {kind!r}")
    if kind in ("collective", "local"):
        return _number(KINDS[kind](states, hamiltonian, _cells(rho, H, dims, states.shape[-1])))
    return _number(KINDS[kind](states, hamiltonian))


def _global(states: np.ndarray, hamiltonian: np.ndarray) -> np.ndarray:
    r, levels = _eigenvalues(states), _eigenvalues(hamiltonian)
    return _energy(states, hamiltonian) - (r[..., ::-1] * levels).sum(axis=-1)


def _incoherent(states: np.ndarray, hamiltonian: np.ndarray) -> np.ndarray:
    leading = np.broadcast_shapes(states.shape[:-2], hamiltonian.shape[:-2])
    result = np.empty(leading)
    states = np.broadcast_to(states, leading + states.shape[-2:])
    for place in np.ndindex(hamiltonian.shape[:-2]):
        levels, basis = np.linalg.eigh(hamiltonian[place])
        # All states that meet this Hamiltonian.
        ones = tuple(slice(None) if n == 1 else k for k, n in zip(place, hamiltonian.shape[:-2]))
        where = (..., *ones) if ones else ...
        turned = basis.conj().T @ states[(*_tuple(where), slice(None), slice(None))] @ basis
        scale = np.abs(levels).max(initial=0.0)
        starts = [0, *(np.flatnonzero(np.diff(levels) > 1e-10 * scale) + 1), levels.size]
        r = [_eigenvalues(turned[..., a:b, a:b]) for a, b in zip(starts, starts[1:])]
        passive = np.sort(np.concatenate(r, axis=-1), axis=-1)[..., ::-1] @ levels
        result[where] = (np.diagonal(turned, axis1=-2, axis2=-1).real @ levels) - passive
    return result


def _tuple(where: Any) -> tuple[Any, ...]:
    return where if isinstance(where, tuple) else (where,)


def _coherent(states: np.ndarray, hamiltonian: np.ndarray) -> np.ndarray:
    return _global(states, hamiltonian) - _incoherent(states, hamiltonian)


def _local(states: np.ndarray, hamiltonian: np.ndarray, cells: list[int]) -> np.ndarray:
    d = states.shape[-1]
    mean = np.trace(hamiltonian, axis1=-2, axis2=-1).real / d
    rest, total = hamiltonian - mean[..., None, None] * np.eye(d), np.zeros(())
    for k, levels in enumerate(cells):
        before, after = math.prod(cells[:k]), math.prod(cells[k + 1 :])
        shape = (before, levels, after) * 2

        def traced(a: np.ndarray, shape: tuple[int, ...] = shape) -> np.ndarray:
            return np.einsum("...iajibj->...ab", a.reshape(a.shape[:-2] + shape))

        own = traced(hamiltonian) / (before * after) - mean[..., None, None] * np.eye(levels)
        whole = np.einsum("ij,...ab,kl->...iakjbl", np.eye(before), own, np.eye(after))
        rest = rest - whole.reshape(rest.shape)
        total = total + _global(traced(states), own)
    if np.abs(rest).max(initial=0.0) > HERMITIAN * max(1.0, np.abs(hamiltonian).max(initial=0.0)):
        raise ValueError("there is no local ergotropy: H is no sum over the cells")
    return total


def _collective(states: np.ndarray, hamiltonian: np.ndarray, cells: list[int]) -> np.ndarray:
    if len(set(cells)) > 1:
        raise ValueError("there is no collective ergotropy: the cells differ")
    digits = np.sort(np.stack(np.unravel_index(np.arange(states.shape[-1]), cells), axis=-1), axis=-1)
    classes = np.unique(digits, axis=0, return_inverse=True)[1].ravel()
    basis = (classes[:, None] == np.arange(classes.max() + 1)).astype(float)
    basis /= np.sqrt(basis.sum(axis=0))
    inside, own = basis.T @ states @ basis, basis.T @ hamiltonian @ basis
    outside = np.trace(states, axis1=-2, axis2=-1).real - np.trace(inside, axis1=-2, axis2=-1).real
    leaves = np.abs(hamiltonian @ basis - basis @ own).max(initial=0.0)
    if np.abs(outside).max(initial=0.0) > SYMMETRIC:
        raise ValueError("there is no collective ergotropy: the state is not symmetric under permutations of the cells")
    if leaves > HERMITIAN * max(1.0, np.abs(hamiltonian).max(initial=0.0)):
        raise ValueError("there is no collective ergotropy: H leaves the symmetric subspace")
    return _global(inside, own)


def _cells(rho: Any, H: Any, dims: Sequence[int] | None, d: int) -> list[int]:
    if dims is None:
        known = next((x for x in (rho[0] if isinstance(rho, (list, tuple)) and rho else rho, H) if _is_qobj(x)), None)
        if known is None:
            raise ValueError("dims says which levels the cells have, for example dims=[2, 2]")
        dims = known.dims[0]
    cells = [int(n) for n in dims]
    if not cells or any(n < 1 for n in cells) or math.prod(cells) != d:
        raise ValueError(f"dims must multiply to the {d} levels of rho, but are {list(dims)}")
    return cells


#: What :func:`ergotropy` knows.
KINDS: dict[str, Callable[..., np.ndarray]] = {
    "global": _global,
    "collective": _collective,
    "local": _local,
    "incoherent": _incoherent,
    "coherent": _coherent,
}


def capacity(rho: Any, H: Any) -> Any:
    """Capacity C = sum_k r_k (eps_{d-1-k} - eps_k): ergotropy and anti-ergotropy together, the same along every unitary.

    Source: Yang et al., PRL 131, 030402 (2023). Parameters, errors and result as those of :func:`ergotropy`.

    Examples
    --------
    >>> import leyden
    >>> leyden.capacity([[1.0, 0.0], [0.0, 0.0]], [[0, 0], [0, 1]])
    1.0
    """
    states, hamiltonian = _both(rho, H)
    r, levels = _eigenvalues(states), _eigenvalues(hamiltonian)
    return _number((r * (levels - levels[..., ::-1])).sum(axis=-1))


def bound_energy(rho: Any, H: Any) -> Any:
    """Bound energy: what of one state more copies of it would give as work, W_max - W with W_max = E - Tr[H omega_b].

    omega_b is the thermal state of H with the entropy of rho; 0 for a qubit. Source: Alicki, Fannes, PRE 87, 042123 (2013). Parameters,
    errors and result as those of :func:`ergotropy`; a state whose entropy exceeds that of every thermal state has the energy of
    the maximally mixed one.

    Examples
    --------
    >>> import leyden
    >>> abs(leyden.bound_energy([[0.7, 0.1], [0.1, 0.3]], [[0, 0], [0, 1]])) < 1e-12
    True
    """
    states, hamiltonian = _both(rho, H)
    r, levels = _eigenvalues(states), _eigenvalues(hamiltonian)
    r, levels = np.broadcast_arrays(r[..., ::-1], levels)
    passive = (r * levels).sum(axis=-1)
    weight = np.clip(r, 0.0, None)
    trace = weight.sum(axis=-1)
    weight = weight / np.where(trace > 0, trace, 1.0)[..., None]
    entropy = -(weight * np.log(np.where(weight > 0, weight, 1.0))).sum(axis=-1)
    return _number(passive - trace * _thermal_energy(levels, entropy))


def _thermal_energy(levels: np.ndarray, entropy: np.ndarray) -> np.ndarray:
    """Energy of the thermal state with this entropy: bisection in the inverse temperature, in units of the widest gap."""
    ground = levels[..., :1]
    above = levels - ground
    width = above[..., -1:]
    unit = np.where(width > 0, above / np.where(width > 0, width, 1.0), 0.0)

    def at(beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        weights = np.exp(-beta[..., None] * unit)
        partition = weights.sum(axis=-1)
        energy = (weights * unit).sum(axis=-1) / partition
        return np.log(partition) + beta * energy, energy

    # log beta between fully mixed and ground state
    low, high = np.full(entropy.shape, -40.0), np.full(entropy.shape, 60.0)
    for _ in range(200):
        middle = 0.5 * (low + high)
        hotter = at(np.exp(middle))[0] > entropy
        low, high = np.where(hotter, middle, low), np.where(hotter, high, middle)
    return ground[..., 0] + width[..., 0] * at(np.exp(0.5 * (low + high)))[1]


def passive_state(rho: Any, H: Any) -> Any:
    """Passive state sum_k r_k |eps_k><eps_k|: what the best unitary leaves of rho.

    Where energies are degenerate it is one of the states of equal energy.

    Returns
    -------
    ndarray or Qobj
        Of the kind that rho has, a Qobj with the dimensions of rho, or a list of them.

    Notes
    -----
    Parameters and errors as those of :func:`ergotropy`. Source: Pusz, Woronowicz, Commun. Math. Phys. 58, 273 (1978).

    Examples
    --------
    >>> import leyden
    >>> leyden.passive_state([[0.2, 0.0], [0.0, 0.8]], [[0, 0], [0, 1]])
    array([[0.8, 0. ],
           [0. , 0.2]])
    """
    states, hamiltonian = _both(rho, H)
    r = _eigenvalues(states)[..., ::-1]
    basis = np.linalg.eigh(hamiltonian)[1]
    passive = np.einsum("...ik,...k,...jk->...ij", basis, r, basis.conj())
    if _is_qobj(rho):
        return _qobj(rho, passive)
    if isinstance(rho, (list, tuple)) and rho and _is_qobj(rho[0]):
        return [_qobj(one, state) for one, state in zip(rho, passive)]
    return passive


def _qobj(like: Any, array: np.ndarray) -> Any:
    dims = [like.dims[0], like.dims[0]] if like.isket else like.dims
    return type(like)(array, dims=dims)


class ChargingTime(NamedTuple):
    """Charging times of a sampled curve; None where it never gets there."""

    settling: float | None
    first: float | None


def charging_time(times: Any, energy: Any, limit: float | None = None) -> ChargingTime:
    """Charging times of a sampled curve: last and first crossing of e^{-1} of the way to the limit.

    Parameters
    ----------
    times, energy : array_like (n,)
        The curve, times increasing; between samples it is the cubic through the nearest four.
    limit : float, optional
        E(inf); the last energy where left out.

    Returns
    -------
    ChargingTime
        ``settling``, after which \\|E - E(inf)\\| stays below e^{-1} \\|E(0) - E(inf)\\|, and ``first``, when it is there first; None where the
        curve does not get there, or starts at its limit.

    Examples
    --------
    >>> import leyden, numpy as np
    >>> t = np.linspace(0, 8, 81)
    >>> round(leyden.charging_time(t, 1 - np.exp(-t / 2), limit=1.0).first, 6)
    2.0
    """
    t, e = np.asarray(times, dtype=float), np.asarray(energy, dtype=float)
    if t.ndim != 1 or t.shape != e.shape or t.size < 2:
        raise ValueError(f"times and energy must be two lists of the same length, at least 2, but have {t.shape} and {e.shape}")
    if not (np.isfinite(t).all() and np.isfinite(e).all()) or (np.diff(t) <= 0).any():
        raise ValueError("times must increase, and times and energies must be finite")
    end = float(e[-1] if limit is None else limit)
    if not np.isfinite(end):
        raise ValueError(f"the limit must be finite, but is {end}")
    threshold = abs(e[0] - end) * np.exp(-1.0)
    beyond = np.abs(e - end) > threshold
    if threshold == 0.0 or beyond.all():
        return ChargingTime(None, None)
    first = int(np.argmin(beyond))
    last = int(np.flatnonzero(beyond)[-1])
    settling = None if last == t.size - 1 else _crossing(t, e, last, end, threshold)
    return ChargingTime(settling, _crossing(t, e, first - 1, end, threshold))


def _crossing(t: np.ndarray, e: np.ndarray, k: int, end: float, threshold: float) -> float:
    """Where |E - end| passes the threshold between samples k and k + 1."""
    start = max(0, min(k - 1, t.size - 4))
    near, values = t[start : start + 4] - t[k], e[start : start + 4]
    cubic = np.polynomial.Polynomial.fit(near, values, near.size - 1)
    low, high = 0.0, t[k + 1] - t[k]
    outside = abs(e[k] - end) > threshold
    for _ in range(100):
        middle = 0.5 * (low + high)
        if (abs(cubic(middle) - end) > threshold) == outside:
            low = middle
        else:
            high = middle
    return float(t[k] + 0.5 * (low + high))
