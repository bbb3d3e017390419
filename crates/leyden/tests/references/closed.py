"""Averages over all times and maxima of closed systems, by brute force in the full tensor-product space.

    H = Delta c^dag c + g sum_i (c^dag b_i + c b_i^dag) + F (c + c^dag)     exchange, in the frame of drive or cells
    H = omega_C c^dag c + omega_B sum_i b_i^dag b_i + g (c + c^dag) sum_i (b_i + b_i^dag)     dipole, laboratory
    H_B = sum_i b_i^dag b_i (omega_B = 1), g = 1 unless given

Charger and cells are qubits, oscillators cut far above what is occupied, or qudits. H is diagonalised as a whole;
eigenvalues that differ by less than 1e-9 are one. The average is sum_E P_E rho(0) P_E, reduced to the battery; its
ergotropy takes all eigenvalues and all levels of the battery. The maxima of E_B(t) and of the global ergotropy W(t) on
[0, end] come from 6,001 even samples (1,501 above 300 levels), each local maximum among them that may be the first or the largest polished by
golden sections.

Run:  pip install numpy==2.4.6 scipy==1.17.1, then  python closed.py
Writes closed.json beside itself.
"""
import itertools
import json
from pathlib import Path

import numpy as np
from scipy.linalg import expm
from scipy.optimize import minimize_scalar

EQUAL = 1e-9


def lowering(levels, oscillator):
    if oscillator:
        return np.diag(np.sqrt(np.arange(1, levels)), 1)
    n = np.arange(1, levels)
    return np.diag(np.sqrt(n * (levels - n)), 1)  # a spin: qubit and qudit cells


def state(name, number, levels):
    """Density matrix of one part; superpositions are real."""
    if name == "fock":
        rho = np.zeros((levels, levels))
        rho[int(number), int(number)] = 1
        return rho
    if name == "thermal":
        p = (number / (number + 1)) ** np.arange(levels)
        return np.diag(p / p.sum())
    vacuum = np.zeros(levels)
    vacuum[0] = 1
    wide = 400 if levels < 200 else 2 * levels
    a = lowering(wide, True)
    big = np.zeros(wide)
    big[0] = 1
    if name == "coherent":
        psi = expm(number * (a.T - a)) @ big
    if name == "squeezed":
        psi = expm(0.5 * number * (a @ a - a.T @ a.T)) @ big
    psi = psi[:levels]
    return np.outer(psi, psi)


class System:
    def __init__(self, case):
        levels = [case["charger"]["levels"]] + [case["battery"]["levels"]] * case["cells"]
        osc = [case["charger"]["oscillator"]] + [case["battery"]["oscillator"]] * case["cells"]
        ops = []
        for k, (d, o) in enumerate(zip(levels, osc)):
            op = np.eye(1)
            for j, size in enumerate(levels):
                op = np.kron(op, lowering(d, o) if j == k else np.eye(size))
            ops.append(op)
        number = []
        for k, d in enumerate(levels):
            op = np.eye(1)
            for j, size in enumerate(levels):
                op = np.kron(op, np.diag(np.arange(d, dtype=float)) if j == k else np.eye(size))
            number.append(op)
        c, cells = ops[0], ops[1:]
        g, drive, detuning = case.get("g", 1.0), case.get("drive", 0.0), case.get("detuning", 0.0)
        total = sum(cells)
        if case.get("dipole"):
            h = (1 + detuning) * number[0] + sum(number[1:]) + g * (c + c.T) @ (total + total.T)
        else:
            h = detuning * number[0] + g * (c.T @ total + total.T @ c) + drive * (c + c.T)
        rho = state(*case["charger"]["start"], levels[0])
        start = case["battery"]["start"]
        for k in range(case["cells"]):
            # The cells start together: all empty or all full, or one oscillator in any state.
            rho = np.kron(rho, state(*start, levels[1]))
        self.energy = sum(np.diag(n) for n in number[1:])
        self.shape = (levels[0], len(h) // levels[0])
        block = self.energy[: self.shape[1]]
        self.levels = np.sort(block)
        self.w, self.v = np.linalg.eigh(h)
        self.rho = self.v.T @ rho @ self.v
        p, kets = np.linalg.eigh(rho)
        kept = p > 1e-17
        self.kets = self.v.T @ (kets[:, kept] * np.sqrt(p[kept]))

    def reduced(self, inside):
        full = self.v @ inside @ self.v.T
        a, b = self.shape
        return np.trace(full.reshape(a, b, a, b), axis1=0, axis2=2)

    def figures(self, rho):
        e = float(np.real(np.diag(rho) @ self.energy[: self.shape[1]]))
        r = np.sort(np.linalg.eigvalsh(rho))[::-1]
        return e, e - float(r @ self.levels)

    def average(self):
        groups = np.concatenate([[0], np.cumsum(np.diff(self.w) > EQUAL)])
        return self.figures(self.reduced(np.where(groups[:, None] == groups[None, :], self.rho, 0)))

    def at(self, t):
        kets = self.v @ (np.exp(-1j * self.w * t)[:, None] * self.kets)
        kets = kets.reshape(*self.shape, -1)
        return self.figures(np.einsum("abk,ack->bc", kets, kets.conj(), optimize=True))


def maxima(curve, end, count):
    times = np.linspace(0, end, count)
    values = np.array([curve(t) for t in times])
    rounding = 1e-11 * max(1e-300, np.abs(values).max())

    def polish(k):
        found = minimize_scalar(lambda t: -curve(t), bounds=(times[k - 1], times[k + 1]), method="bounded",
                                options={"xatol": 1e-11, "maxiter": 500})
        return [-found.fun, found.x]

    tops = [k for k in range(1, count - 1) if values[k] > values[k - 1] and values[k] >= values[k + 1]
            and values[k] - min(values[: k + 1]) > rounding and values[k] - values[k:].min() > rounding]
    first = polish(tops[0]) if tops else None
    best = [values[0], 0.0]
    h2 = np.abs(np.diff(values, 2)).max()
    reach = max(values.max(), best[0]) - h2
    for k in tops:
        if values[k] >= reach:
            found = polish(k)
            if found[0] > best[0] + rounding:
                best = found
    if values[-1] > best[0] + rounding:
        best = [float(values[-1]), end]
    return {"first": first, "largest": best}


def part(levels, oscillator, *start):
    return {"levels": levels, "oscillator": oscillator, "start": list(start)}


QUBIT = part(2, False, "fock", 0)
FULL = part(2, False, "fock", 1)
CASES = [
    {"cells": 1, "charger": FULL, "battery": QUBIT, "end": 4.0},
    {"cells": 1, "charger": QUBIT, "battery": QUBIT, "drive": 0.5, "end": 15.0},
    {"cells": 2, "charger": QUBIT, "battery": QUBIT, "drive": 0.7, "end": 12.0},
    {"cells": 3, "charger": QUBIT, "battery": QUBIT, "drive": 0.5, "detuning": 0.8, "end": 10.0},
    {"cells": 4, "charger": FULL, "battery": QUBIT, "drive": 0.4, "end": 6.0},
    {"cells": 5, "charger": QUBIT, "battery": QUBIT, "drive": 1.1, "detuning": -0.3, "end": 4.0},
    {"cells": 1, "charger": QUBIT, "battery": part(3, False, "fock", 0), "drive": 0.6, "end": 9.0},
    {"cells": 3, "charger": part(40, True, "coherent", 3.0 ** 0.5), "battery": QUBIT, "end": 4.0},
    {"cells": 3, "charger": part(40, True, "coherent", 3.0 ** 0.5), "battery": QUBIT, "detuning": 1.0, "end": 4.0},
    {"cells": 2, "charger": part(90, True, "squeezed", 0.8), "battery": QUBIT, "end": 5.0},
    {"cells": 4, "charger": part(9, True, "fock", 4), "battery": QUBIT, "end": 5.0},
    {"cells": 4, "charger": part(9, True, "fock", 4), "battery": QUBIT, "detuning": -0.7, "end": 5.0},
    {"cells": 2, "charger": part(40, True, "thermal", 0.6), "battery": FULL, "end": 6.0},
    {"cells": 2, "charger": part(30, True, "coherent", 1.2), "battery": FULL, "end": 6.0},
    {"cells": 1, "charger": part(40, True, "coherent", 1.5), "battery": part(4, False, "fock", 0), "end": 6.0},
    {"cells": 1, "charger": part(22, True, "fock", 0), "battery": part(22, True, "fock", 0), "drive": 0.5, "end": 9.0},
    {"cells": 1, "charger": part(22, True, "fock", 0), "battery": part(22, True, "fock", 2), "drive": 0.4, "end": 9.0},
    {"cells": 1, "charger": part(26, True, "coherent", 1.0), "battery": part(26, True, "squeezed", 0.3),
     "detuning": 0.6, "end": 9.0},
    {"cells": 1, "charger": part(26, True, "fock", 2), "battery": part(26, True, "coherent", 0.7), "detuning": 0.6,
     "end": 9.0},
    {"cells": 1, "charger": part(28, True, "coherent", 1.0), "battery": part(28, True, "fock", 0), "g": 0.2,
     "detuning": 0.3, "dipole": True, "end": 20.0},
]


def main():
    out = []
    for case in CASES:
        system = System(case)
        large = len(system.w) > 300
        count = 1501 if large else 6001
        energy, ergotropy = system.average()
        found = {
            "energy": maxima(lambda t: system.at(t)[0], case["end"], count),
            "ergotropy": maxima(lambda t: system.at(t)[1], case["end"], count),
        }
        out.append({"case": case, "average": {"energy": energy, "ergotropy": ergotropy}, "extrema": found})
        print(case, energy, ergotropy, found, flush=True)
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
