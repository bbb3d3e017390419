"""One battery spin among N charger spins, all 2^(N+1) levels.

    H = J (S_x I_x + S_y I_y) = (J/2) sum_k (S^+ I_k^- + S^- I_k^+)
    relaxation: down (1 - b)/T1, up b/T1; coherences of a spin at 1/T2, the part beyond 1/(2 T1) by D[n] at 2 (1/T2 - 1/(2 T1))
kept: the joint density matrix, relaxation always. dropped: populations (p, c); an evolve starts from their product, has no
relaxation and leaves the mean populations behind.
"""
import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from scipy.optimize import brentq

from stages import Qubits, generator


class Star:
    def __init__(self, n, j, q, p=0.0, charger=None, battery=None):
        """charger, battery: (T1, b) or (T1, b, T2)."""
        self.n, self.j, self.q, self.p = n, j, q, p
        self.charger, self.battery = charger, battery
        self.qubits = Qubits(n + 1, {"battery": [0], "charger": list(range(1, n + 1))}, [1.0])
        lower = self.qubits.lower
        swap = sum(lower[0].T @ lower[k] for k in range(1, n + 1))
        self.h = sp.csr_array((j / 2) * (swap + swap.T))
        self.values, self.vectors = la.eigh(self.h.toarray())
        self.n_b = self.qubits.number[0].diagonal()
        excited = [sum(self.qubits.number[k].diagonal() for k in range(1, n + 1))]
        self.n_c = excited[0] / n

    def channels(self):
        out = []
        for sites, relaxation in (([0], self.battery), (range(1, self.n + 1), self.charger)):
            if relaxation is None:
                continue
            t1, b = relaxation[:2]
            extra = 2 * (1 / relaxation[2] - 1 / (2 * t1)) if len(relaxation) > 2 else 0.0
            for i in sites:
                l, number = self.qubits.lower[i], self.qubits.number[i]
                out += [((1 - b) / t1, l), (b / t1, sp.csr_array(l.T)), (extra, number)]
        return [x for x in out if x[0] > 0.0]

    def wait_generator(self):
        return generator(sp.csr_array(self.h.shape), self.channels())

    def generator(self):
        return generator(self.h, self.channels())

    def start(self):
        return self.qubits.product([self.p] + [self.q] * self.n)

    def evolved(self, p, c, t, observable=None):
        """<observable> (battery's population) at t from a product, and its derivative."""
        weights = np.ones(1)
        for x in [p] + [c] * self.n:
            weights = np.kron(weights, np.array([1 - x, x]))
        u = (self.vectors * np.exp(-1j * self.values * t)) @ self.vectors.conj().T
        n = self.n_b if observable is None else observable
        # Diagonal of U w U^dag and of its derivative: linear in w, without complex rounding.
        flow = 2 * np.real(-1j * (self.h @ u) * u.conj())
        return n @ (np.abs(u) ** 2 @ weights), n @ (flow @ weights)

    def first_maximum(self, q):
        """Of the battery's population from the ground state."""
        slope = lambda t: self.evolved(0.0, q, t)[1]
        step = 0.01 / (self.j * np.sqrt(self.n))
        t = step
        while slope(t) > 0.0:
            t += step
        return brentq(slope, t - step, t, xtol=1e-15)

    def dropped_evolve(self, p, c, t):
        new = self.evolved(p, c, t)[0]
        return new, self.evolved(p, c, t, self.n_c)[0]

    def toml(self, correlations):
        lines = ["[nmr]", f"chargers = {self.n}", f"coupling = {self.j!r}", f"charger_excitation = {self.q!r}",
                 f"battery_excitation = {self.p!r}", f'correlations = "{correlations}"']
        for name, relaxation in (("charger", self.charger), ("battery", self.battery)):
            if relaxation:
                lines += [f"{name}_t1 = {relaxation[0]!r}", f"{name}_equilibrium = {relaxation[1]!r}"]
                if len(relaxation) > 2:
                    lines.append(f"{name}_t2 = {relaxation[2]!r}")
        return "\n".join(lines) + "\n\n"
