"""Bounds of a charger qubit and N cells by brute force in the full space of all qubits.

Prints the numbers of `tests/bounds.rs`. Needs numpy and scipy.
"""

import numpy as np
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.optimize import brentq

LOWER = np.array([[0, 1], [0, 0]], complex)


def on(op, site, sites):
    out = np.eye(1, dtype=complex)
    for k in range(sites):
        out = np.kron(out, op if k == site else np.eye(2))
    return out


def liouvillian(h, channels):
    one = np.eye(len(h))
    out = -1j * (np.kron(h, one) - np.kron(one, h.T))
    for rate, l in channels:
        w = l.conj().T @ l
        out += rate * (np.kron(l, l.conj()) - 0.5 * np.kron(w, one) - 0.5 * np.kron(one, w.T))
    return out


def bounds(cells, amplitude, end, detuning=0.0, charger=1.0, local=0.0):
    sites, d, b = cells + 1, 2 ** (cells + 1), 2**cells
    c = on(LOWER, 0, sites)
    lower = sum(on(LOWER, i, sites) for i in range(1, sites))
    v = c.conj().T @ lower + lower.conj().T @ c
    number = lambda i: on(LOWER.T @ LOWER, i, sites)
    h = detuning * number(0) + amplitude * (c + c.conj().T) + v
    l = liouvillian(h, [(charger, number(0))] + [(local, number(i)) for i in range(1, sites)])
    start = np.zeros(d * d, complex)
    start[0] = 1
    reduce = lambda x: np.einsum("iaib->ab", x.reshape(2, b, 2, b))

    def speed(t):
        x = expm(l * t) @ start
        rho, rate = reduce(x), reduce(l @ x)
        r, u = np.linalg.eigh((rho + rho.conj().T) / 2)
        both = r[:, None] + r[None, :]
        squares = np.abs(u.conj().T @ rate @ u) ** 2
        return 0.5 * np.sqrt(2 * np.sum(np.where(both > 1e-14, squares / np.where(both > 1e-14, both, 1), 0)))

    x = expm(l * end) @ start
    joint, rho, rate = x.reshape(d, d), reduce(x), reduce(l @ x)
    levels = np.array([bin(k).count("1") for k in range(b)])
    p = np.array([rho.diagonal().real[levels == e].sum() for e in range(cells + 1)])
    dp = np.array([rate.diagonal().real[levels == e].sum() for e in range(cells + 1)])
    e = np.arange(cells + 1)
    variance = p @ e**2 - (p @ e) ** 2
    var_v = (np.trace(joint @ v @ v) - np.trace(joint @ v) ** 2).real
    r = np.clip(np.sort(np.linalg.eigvalsh(rho))[::-1], 0, None)
    eps = np.sort(levels)
    entropy = -sum(x * np.log(x) for x in r if x > 0)
    binary = lambda q: -q * np.log(q) - (1 - q) * np.log(1 - q)
    q = brentq(lambda q: cells * binary(q) - entropy, 1e-300, 0.5, xtol=1e-15)
    passive = r @ eps
    cell = np.trace(rho.reshape(2, b // 2, 2, b // 2), axis1=1, axis2=3)
    local_work = cells * (cell[1, 1].real - np.linalg.eigvalsh(cell)[0])
    found = {
        "power": dp @ e,
        "bound": np.sqrt(variance * np.sum(dp**2 / p)),
        "joint": 2 * np.sqrt(variance * var_v),
        "capacity": r @ (eps[::-1] - eps),
        "entropy": entropy,
        "bound energy": passive - cells * q,
        "gap": p @ e - passive - local_work,
        "angle": np.arccos(np.sqrt(rho[0, 0].real)),
    }
    # The spin of permutation-invariant states makes coherences of multiplets; between energies their trace norms count.
    found["coherence"] = 2 * sum(
        np.linalg.svd(rho[np.ix_(levels == m, levels == n)], compute_uv=False).sum()
        for m in range(cells + 1)
        for n in range(m)
    )
    edges = np.linspace(0, np.sqrt(end), 13)
    parts = zip(edges[:-1], edges[1:])
    found["length"] = sum(quad(lambda u: 2 * u * speed(u * u), a, b, epsabs=1e-11)[0] for a, b in parts)
    return found


for name, numbers in [
    ("pair", bounds(1, 0.5, 2.0)),
    ("star", bounds(2, 1.0, 2.0)),
    ("three cells that dephase", bounds(3, 0.8, 1.5, detuning=0.3, charger=0.5, local=0.2)),
]:
    print(name, {key: f"{value:.10f}" for key, value in numbers.items()})
