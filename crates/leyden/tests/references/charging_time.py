"""Charging times of dephased stars, N = 1, 2, 3, by brute force in high precision.

    H = g sum_i (c^dag b_i + h.c.) + F (c + c^dag),  L = c^dag c,  all qubits empty at t = 0, omega_B = 1, g = 1
    E_B(t) = Tr[rho_0 X(t)],  dX/dt = i[H, X] + (gamma/2)(2 L X L - {L, X}),  X(0) = H_B = sum_i b_i^dag b_i

The Krylov space of H_B under the adjoint generator is built in the full space of 2^(N+1) levels with 200 digits until
it closes; the small matrix on it is diagonalised: E_B(t) = E_inf + sum_k c_k exp(lambda_k t), the zero eigenvalue
giving E_inf. With threshold e^-1 |E_B(0) - E_inf|:
    settling   last time at which |E_B(t) - E_inf| equals the threshold
    first      first such time
    spectral   1 / min(-Re lambda_k) over the modes with |c_k| > 1e-12 |E_B(0) - E_inf|
All crossings are found by bisection certified with bounds on the first and second derivative, from t = 0 to the time
after which sum_k |c_k| exp(Re lambda_k t) stays below the threshold; the two that are stored are polished in 200 digits.

Run:  pip install numpy==2.4.6 scipy==1.17.1 mpmath==1.4.1  (gmpy2 makes it faster), then  python charging_time.py
Writes charging_time.json beside itself.
"""
import json
from pathlib import Path

import numpy as np
from mpmath import mp, mpf, mpc, matrix, eig, inverse, exp, fabs, nstr
from scipy.linalg import expm
from scipy.optimize import brentq

mp.dps = 200
SPECTRAL_WEIGHT = 1e-12


def operators(cells):
    """Lowering operators of charger and cells as exact integer matrices."""
    low = np.array([[0, 1], [0, 0]], dtype=object)
    out = []
    for site in range(cells + 1):
        full = np.array([[1]], dtype=object)
        for i in range(cells + 1):
            full = np.kron(full, low if i == site else np.eye(2, dtype=int).astype(object))
        out.append(full)
    return out


def modes(cells, drive, gamma):
    """(E_inf, [(c_k, lambda_k)]) from the closed Krylov space of H_B."""
    c, *b = operators(cells)
    h = sum(c.T.dot(x) + x.T.dot(c) for x in b) + (c + c.T) * mpf(drive)
    h_battery = sum(x.T.dot(x) for x in b)
    number, gamma = c.T.dot(c), mpf(gamma)

    def adjoint(x):       # arrays stand on the left of products: mpmath converts one on the right through its text
        return (h.dot(x) - x.dot(h)) * mpc(0, 1) + (2 * number.dot(x).dot(number) - number.dot(x) - x.dot(number)) * (gamma / 2)

    start = (h_battery * mpc(1)).ravel()
    size = mp.sqrt(start.dot(start).real)
    basis, columns = [start / size], []
    while True:
        image = adjoint(basis[-1].reshape(h.shape)).ravel()
        column = [mpc(0)] * len(basis)
        for _ in range(2):
            for i, v in enumerate(basis):
                overlap = sum(p.conjugate() * q for p, q in zip(v, image))
                column[i] += overlap
                image = image - v * overlap
        norm = mp.sqrt(sum(fabs(p) ** 2 for p in image))
        columns.append(column + [norm])
        if norm < mpf(10) ** (60 - mp.dps):
            break
        basis.append(image / norm)
    m = len(basis)
    t = matrix(m)
    for j, column in enumerate(columns):
        for i, x in enumerate(column[:m]):
            t[i, j] = x
    values, vectors = eig(t)
    right = inverse(vectors)[:, 0] * size
    first_row = [v[0] for v in basis]                      # rho_0 is the first diagonal element
    weights = [sum(first_row[i] * vectors[i, k] for i in range(m)) * right[k] for k in range(m)]
    zero = [k for k in range(m) if fabs(values[k]) < mpf(10) ** -50]
    assert len(zero) == 1, [nstr(x, 5) for x in values]
    rest = [(weights[k], values[k]) for k in range(m) if k != zero[0]]
    assert all(x.real < 0 for _, x in rest)
    e_inf = weights[zero[0]]
    assert fabs(e_inf.imag) < mpf(10) ** -40 and fabs(e_inf + sum(w for w, _ in rest)) < mpf(10) ** -40  # E_B(0) = 0
    return e_inf.real, rest, (h, number, h_battery)


def crossings(weights, rates, threshold):
    """All t >= 0 at which sum_k w_k e^{r_k t} = threshold, as brackets, each certified to hold one."""
    size = np.abs(weights)
    value = lambda t: (weights * np.exp(np.multiply.outer(t, rates))).sum(-1).real - threshold
    slope = lambda t: (weights * rates * np.exp(np.multiply.outer(t, rates))).sum(-1).real
    bound = lambda power, t: (size * np.abs(rates) ** power * np.exp(np.multiply.outer(t, rates.real))).sum(-1)
    end = 1.0
    while bound(0, end) >= abs(threshold):
        end *= 2.0
    left, right, found = np.array([0.0]), np.array([end]), []
    while len(left):
        middle, half = (left + right) / 2, (right - left) / 2
        away = np.abs(value(middle)) > bound(1, left) * half
        monotone = np.abs(slope(middle)) > bound(2, left) * half
        sign_change = value(left) * value(right) <= 0
        found += [(a, b) for a, b in zip(left[monotone & sign_change & ~away], right[monotone & sign_change & ~away])]
        open_ = ~(away | monotone)
        assert not np.any((half < 1e-12 * middle) & open_), "tangent to the threshold"
        left, right = np.concatenate([left[open_], middle[open_]]), np.concatenate([middle[open_], right[open_]])
    return sorted(found), value


def polish(bracket, value, weights, rates, threshold):
    t = mpf(float(brentq(value, *bracket, xtol=1e-300, rtol=1e-14)))
    for _ in range(6):
        terms = [w * exp(r * t) for w, r in zip(weights, rates)]
        t -= (sum(terms).real - threshold) / sum(x * r for x, r in zip(terms, rates)).real
    assert bracket[0] * (1 - 1e-9) <= t <= bracket[1] * (1 + 1e-9)
    return t


def case(cells, drive, gamma):
    e_inf, rest, (h, number, h_battery) = modes(cells, drive, gamma)
    weights, rates = [w for w, _ in rest], [r for _, r in rest]
    w, r = np.array(weights, dtype=complex), np.array(rates, dtype=complex)
    check_against_dense_exponential(cells, gamma, h, number, h_battery, float(e_inf), w, r)
    times = []
    for threshold in (exp(-1) * e_inf, -exp(-1) * e_inf):
        found, value = crossings(w, r, float(threshold))
        for bracket in found[:1] + found[-1:]:
            times.append(polish(bracket, value, weights, rates, threshold))
    carried = [(-x.real, fabs(y)) for y, x in rest if fabs(y) > SPECTRAL_WEIGHT * e_inf]
    slowest = min(x for x, _ in carried)
    weight = max(y for x, y in carried if x < slowest * (1 + mpf(10) ** -30))
    near = [nstr(fabs(y) / e_inf, 3) for y, _ in rest if 1e-15 < fabs(y) / e_inf < 1e-9]
    text = lambda x: nstr(x, 14, min_fixed=-4, max_fixed=14, strip_zeros=False)
    out = {"cells": cells, "drive": float(drive), "dephasing": float(gamma), "energy_limit": float(e_inf),
           "settling": float(text(max(times))), "first": float(text(min(times))), "spectral": float(text(1 / slowest)),
           "spectral_weight": float(nstr(weight / e_inf, 6))}
    print(*out.values(), f"{len(rest)} modes", near, flush=True)
    return out


def check_against_dense_exponential(cells, gamma, h, number, h_battery, e_inf, w, r):
    """The expansion against the exponential of the full generator, at a few times."""
    h, n, hb = (np.array(x, dtype=float) for x in (h, number, h_battery))
    one = np.eye(len(h))
    g = -1j * (np.kron(h, one) - np.kron(one, h)) + float(gamma) * (
        np.kron(n, n) - 0.5 * np.kron(n, one) - 0.5 * np.kron(one, n))
    for t in (0.3, 2.0, 17.0):
        rho = expm(g * t)[:, 0].reshape(h.shape)
        assert abs(np.trace(rho @ hb).real - e_inf - (w * np.exp(r * t)).sum().real) < 1e-10


def main():
    cases = [case(cells, drive, gamma) for cells in (1, 2, 3) for drive in ("0.1", "0.5", "2", "10")
             for gamma in ("0.05", "0.4", "0.43", "1.4", "10", "100")]
    out = {"about": "g = 1, omega_B = 1, qubits, charger dephasing, resonance, empty start; relative accuracy 1e-12; "
                    "spectral: modes above 1e-12 of |E_inf - E_0|, spectral_weight: largest |c_k| of one mode at that rate over |E_inf - E_0|",
           "cases": cases}
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
