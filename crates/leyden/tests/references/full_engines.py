"""N three-level masers and N qubits in the whole tensor-product space, one density matrix, by scipy's expm_multiply.

No ladder, no permutation symmetry, no phase convention shared with the library: K = i (g/sqrt N) (A_+ S^- - A_- S^+) as printed.

Run:  pip install numpy scipy, then  python full_engines.py
Writes full_engines.json beside itself: populations of n excited cells and mean populations of the engines.
"""

import json
import math

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import expm_multiply


def site(op, k, dims):
    out = sp.identity(1, format="csr")
    for i, d in enumerate(dims):
        out = sp.kron(out, op if i == k else sp.identity(d), format="csr")
    return out


def unit(d, i, j):
    return sp.csr_matrix(([1.0], ([i], [j])), shape=(d, d))


def run(n, g, delta, rates, start, excited, times):
    a, b, c, d = rates
    dims = [3] * n + [2] * n
    size = math.prod(dims)
    up = sum(site(unit(3, 1, 0), j, dims) for j in range(n))
    low = sum(site(unit(2, 0, 1), n + j, dims) for j in range(n))
    number = sum(site(unit(2, 1, 1), n + j, dims) for j in range(n))
    k = 1j * g / math.sqrt(n) * (up @ low - up.T @ low.T)
    h = k + delta * number
    one = sp.identity(size, format="csr")
    # Row-major vec: vec(A rho B) = (A kron B^T) vec(rho).
    z = -1j * (sp.kron(h, one) - sp.kron(one, h.T))
    for j in range(n):
        for rate, (to, at) in zip((a, b, c, d), ((2, 0), (0, 2), (1, 2), (2, 1))):
            jump = site(unit(3, to, at), j, dims)
            weight = jump.T @ jump
            z = z + rate * (sp.kron(jump, jump) - 0.5 * sp.kron(weight, one) - 0.5 * sp.kron(one, weight))
    z = z.tocsr()
    engine = np.diag(np.array([b * d, a * c, a * d]) / (b * d + a * c + a * d)) if start == "steady" else np.diag([1.0, 0, 0])
    cell = np.diag([0.0, 1.0] if excited else [1.0, 0.0])
    rho = np.ones((1, 1))
    for i in range(n):
        rho = np.kron(rho, engine)
    for i in range(n):
        rho = np.kron(rho, cell)
    state, now, rows = rho.astype(complex).reshape(-1), 0.0, []
    level = np.rint(number.diagonal()).astype(int)
    masks = [sum(site(unit(3, x, x), j, dims).diagonal() for j in range(n)) / n for x in range(3)]
    for t in times:
        state = expm_multiply(z * (t - now), state)
        now = t
        diagonal = state.reshape(size, size).diagonal().real
        rows.append({
            "time": t,
            "populations": [float(diagonal[level == m].sum()) for m in range(n + 1)],
            "engines": [float(diagonal @ m) for m in masks],
        })
    return {"cells": n, "g": g, "delta": delta, "rates": rates, "start": start, "excited": excited, "rows": rows}


def bosonic(bh, bc):
    nh, nc = 1 / math.expm1(10 * bh), 1 / math.expm1(9 * bc)
    return [nh, nh + 1, nc + 1, nc]


A = bosonic(0.1, 0.2)
cases = [
    run(3, 0.3, 0.0, A, "steady", False, [1.0, 5.0]),
    run(3, 0.7, 0.45, [0.31, 1.27, 0.83, 0.22], "ground", True, [0.8, 3.0]),
    run(2, 0.5, -0.9, [0.8, 1.1, 1.7, 0.3], "steady", True, [2.0]),
]
with open(__file__.replace(".py", ".json"), "w") as f:
    json.dump(cases, f, indent=1)
