"""N cells charged by N masers: every level of every engine and every cell, and smaller formulations for N > 3.

    H = delta sum_k n_k + i (g/sqrt N) sum_jk (|1><0|_j sigma^-_k - h.c.),  delta = omega_B - omega_0

in the frame rotating at omega_0 on signals and cells; baths on every engine as in maser.py; E_B = omega_B sum_k n_k. Heat is
int omega_h sum_j (a p_0 - b p_2) dt over the hot baths, with the bare levels. `Explicit`: 3^N 2^N levels, sparse generator on density
matrices; elements that no chain of couplings reaches from the initial state are zero for ever and left out.
`Letters`: a density matrix of engines as words of the five letters |a><b| in use, times |n><m| of a ladder; elements
are found one by one from the initial ones. `Counts`, for larger N: sums over all words with the same letters.
"""
import itertools
from math import comb, sqrt

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import expm_multiply

from flow import Flow
from maser import unit


def kron_all(factors):
    out = sp.eye_array(1, format="csr")
    for f in factors:
        out = sp.csr_array(sp.kron(out, sp.csr_array(f), format="csr"))
    return out


class Explicit:
    def __init__(self, maser, n, g, omega_b, engines="steady", excited=False):
        self.n, self.omega = n, omega_b
        dims = [3] * n + [2] * n
        place = lambda i, m: kron_all([m if k == i else np.eye(d) for k, d in enumerate(dims)])
        lower = np.array([[0.0, 1.0], [0.0, 0.0]])
        raise_all = sum(place(j, unit(1, 0)) for j in range(n))
        lower_all = sum(place(n + k, lower) for k in range(n))
        number = sum(place(n + k, np.diag([0.0, 1.0])) for k in range(n))
        swap = raise_all @ lower_all
        minus_ih = (g / sqrt(n)) * (swap - swap.T)           # -i H without the detuning: real
        if omega_b != maser.w0:
            minus_ih = minus_ih - 1j * (omega_b - maser.w0) * number
        size = number.shape[0]
        eye = sp.eye_array(size, format="csr")
        gen = sp.kron(minus_ih, eye) + sp.kron(eye, minus_ih.conj())
        for rate, l in maser.channels(load=False):
            for j in range(n):
                big = place(j, l)
                ldl = big.T @ big
                gen = gen + rate * (sp.kron(big, big) - 0.5 * sp.kron(ldl, eye) - 0.5 * sp.kron(eye, ldl))
        gen = sp.csr_array(gen)
        start = maser.steady(load=False).real if engines == "steady" else unit(0, 0)
        start = np.diag(np.diag(start))                      # no coherence without a drive
        cell = np.diag([0.0, 1.0] if excited else [1.0, 0.0])
        rho0 = kron_all([start] * n + [cell] * n).toarray().ravel()

        # Reachable elements.
        pattern = abs(gen)
        reached = rho0 != 0
        while True:
            more = reached | (pattern @ reached.astype(float) > 0)
            if more.sum() == reached.sum():
                break
            reached = more
        keep = np.flatnonzero(reached)
        self.dim, self.full_dim = len(keep), len(rho0)
        self.a, self.v0 = sp.csr_array(gen[keep][:, keep]), rho0[keep]

        # Reduced battery: trace over engines; hot current.
        ket, bra = np.divmod(keep, size)
        cells = 2 ** n
        same = ket // cells == bra // cells
        reduced = sp.csr_array((np.ones(same.sum()), ((ket % cells * cells + bra % cells)[same], np.flatnonzero(same))),
                               shape=(cells * cells, self.dim))
        a, b, _, _ = maser.bath_rates()
        digits = np.array(list(itertools.product(range(3), repeat=n)))
        current = maser.wh * (a * (digits == 0).sum(axis=1) - b * (digits == 2).sum(axis=1))
        heat = np.where(ket == bra, current[ket // cells], 0.0)
        levels = np.array([bin(k).count("1") for k in range(cells)])
        energy = np.where(ket == bra, omega_b * levels[ket % cells], 0.0)
        self.functionals = {"battery": reduced, "heat": heat, "energy": energy}
        self.levels = levels

    def battery(self, flat):
        """Energy figures of a reduced state."""
        size = len(self.levels)
        rho = np.asarray(flat).reshape(size, size)
        assert abs(np.trace(rho) - 1) < 1e-11
        energies = self.omega * self.levels
        mean = np.diag(rho).real @ self.levels
        values = np.sort(np.linalg.eigvalsh(rho))[::-1]
        symmetric = np.array([[(1.0 if lv == k else 0.0) / sqrt(comb(self.n, k)) for lv in self.levels] for k in range(self.n + 1)])
        ladder = symmetric @ rho @ symmetric.T
        weights = np.sort(np.linalg.eigvalsh(ladder))[::-1]
        return {
            "energy": self.omega * mean,
            "ergotropy.global": self.omega * mean - values @ np.sort(energies),
            "ergotropy.collective": self.omega * (np.diag(ladder).real @ np.arange(self.n + 1) - weights @ np.arange(self.n + 1)),
            "fluctuation": self.omega * sqrt(np.diag(rho).real @ (self.levels - mean) ** 2),
            "purity": float(np.sum(np.abs(rho) ** 2)),
        }


class Letters:
    """Density matrix elements (engine letters, n, m), found from the initial ones by the rules of the generator."""

    def __init__(self, maser, n, g, omega_b, engines="steady", excited=False):
        self.n, self.omega = n, omega_b
        delta, k = omega_b - maser.w0, g / sqrt(n)
        a, b, c, d = maser.bath_rates()
        flows = {0: [(2, a)], 1: [(2, d)], 2: [(0, b), (1, c)]}
        out = {0: a, 1: d, 2: b + c}
        step = lambda m: sqrt(m * (n - m + 1))               # <m-1|S^-|m>

        def images(element):
            """Where d/dt sends the element, with coefficients."""
            word, p, q = element
            yield element, -sum(out[x] + out[y] for x, y in word) / 2 - 1j * delta * (p - q)
            for i, (x, y) in enumerate(word):
                put = lambda letter: word[:i] + (letter,) + word[i + 1:]
                if x == y:
                    for to, rate in flows[x]:
                        yield (put((to, to)), p, q), rate
                # M = k (A_+ S^- - A_- S^+); d rho/dt contains M rho + rho M^T.
                if x == 0 and p > 0:
                    yield (put((1, y)), p - 1, q), k * step(p)
                if x == 1 and p < n:
                    yield (put((0, y)), p + 1, q), -k * step(p + 1)
                if y == 0 and q > 0:
                    yield (put((x, 1)), p, q - 1), k * step(q)
                if y == 1 and q < n:
                    yield (put((x, 0)), p, q + 1), -k * step(q + 1)

        rest = np.diag(maser.steady(load=False)).real if engines == "steady" else np.array([1.0, 0.0, 0.0])
        top = n if excited else 0
        index, values = {}, []
        for word in itertools.product(range(3), repeat=n):
            weight = np.prod(rest[list(word)])
            if weight > 0.0:
                index[(tuple((x, x) for x in word), top, top)] = len(index)
                values.append(weight)
        rows, columns, entries, queue, position = [], [], [], list(index), 0
        while position < len(queue):
            element = queue[position]
            for image, coefficient in images(element):
                if image not in index:
                    index[image] = len(index)
                    queue.append(image)
                rows.append(index[image])
                columns.append(index[element])
                entries.append(coefficient)
            position += 1
        self.dim = len(index)
        entries = np.array(entries)
        if delta == 0.0:
            entries = entries.real
        self.a = sp.csr_array((entries, (rows, columns)), shape=(self.dim, self.dim))
        self.v0 = np.zeros(self.dim)
        self.v0[: len(values)] = values
        populations, heat = np.zeros((n + 1, self.dim)), np.zeros(self.dim)
        for (word, p, q), i in index.items():
            if p == q and all(x == y for x, y in word):
                populations[p, i] = 1.0
                heat[i] = maser.wh * sum(a * (x == 0) - b * (x == 2) for x, _ in word)
        self.functionals = {"battery": sp.csr_array(populations), "heat": heat, "energy": omega_b * (np.arange(n + 1) @ populations)}

    def battery(self, p):
        return ladder_figures(np.asarray(p).real, self.n, self.omega)


class Counts:
    """Sums of elements (word, n, m) over the words with k_00, k_11, k_22, k_01, k_10 letters: any of k letters may change."""

    LETTERS = [(0, 0), (1, 1), (2, 2), (0, 1), (1, 0)]

    def __init__(self, maser, n, g, omega_b):
        assert omega_b == maser.w0
        self.n, self.omega = n, omega_b
        k = g / sqrt(n)
        a, b, c, d = maser.bath_rates()
        flows = {0: [(2, a)], 1: [(2, d)], 2: [(0, b), (1, c)]}
        out = {0: a, 1: d, 2: b + c}
        step = lambda m: sqrt(m * (n - m + 1))
        position_of = {letter: i for i, letter in enumerate(self.LETTERS)}

        def images(element):
            counts, p, q = element
            yield element, -sum(m * (out[x] + out[y]) / 2 for m, (x, y) in zip(counts, self.LETTERS))
            for i, (x, y) in enumerate(self.LETTERS):
                if counts[i] == 0:
                    continue

                def put(letter):
                    new = list(counts)
                    new[i] -= 1
                    new[position_of[letter]] += 1
                    return tuple(new)

                if x == y:
                    for to, rate in flows[x]:
                        yield (put((to, to)), p, q), rate * counts[i]
                # Letters with |2> off the diagonal are never reached.
                for letter, p2, q2, value in (((1, y), p - 1, q, k * step(p)) if x == 0 else ((0, y), p + 1, q, -k * step(p + 1)),
                                              ((x, 1), p, q - 1, k * step(q)) if y == 0 else ((x, 0), p, q + 1, -k * step(q + 1))):
                    if x != 2 and 0 <= p2 <= n and 0 <= q2 <= n:
                        yield (put(letter), p2, q2), value * counts[i]

        rest, index, values = np.diag(maser.steady(load=False)).real, {}, []
        for n0 in range(n + 1):
            for n1 in range(n - n0 + 1):
                n2 = n - n0 - n1
                index[((n0, n1, n2, 0, 0), 0, 0)] = len(index)
                values.append(comb(n, n0) * comb(n - n0, n1) * rest[0] ** n0 * rest[1] ** n1 * rest[2] ** n2)
        rows, columns, entries, queue, position = [], [], [], list(index), 0
        while position < len(queue):
            for image, coefficient in images(queue[position]):
                if image not in index:
                    index[image] = len(index)
                    queue.append(image)
                rows.append(index[image])
                columns.append(position)
                entries.append(coefficient)
            position += 1
        self.dim = len(index)
        self.a = sp.csr_array((entries, (rows, columns)), shape=(self.dim, self.dim))
        self.v0 = np.zeros(self.dim)
        self.v0[: len(values)] = values
        populations, heat = np.zeros((n + 1, self.dim)), np.zeros(self.dim)
        for (counts, p, q), i in index.items():
            if p == q and counts[3] == counts[4] == 0:
                populations[p, i] = 1.0
                heat[i] = maser.wh * (a * counts[0] - b * counts[2])
        self.functionals = {"battery": sp.csr_array(populations), "heat": heat, "energy": omega_b * (np.arange(n + 1) @ populations)}

    def battery(self, p):
        return ladder_figures(np.asarray(p).real, self.n, self.omega)


def ladder_figures(p, n, omega):
    """Figures of sum_k p_k |k><k| on the ladder of N qubits."""
    assert abs(sum(p) - 1) < 1e-11
    k = np.arange(n + 1)
    mean = p @ k
    spectrum = np.sort(np.concatenate([p, np.zeros(2 ** n - n - 1)]))[::-1]
    energies = np.sort([bin(i).count("1") for i in range(2 ** n)])
    return {
        "energy": omega * mean, "ergotropy.global": omega * (mean - spectrum @ energies),
        "ergotropy.collective": omega * (mean - np.sort(p)[::-1] @ k),
        "fluctuation": omega * sqrt(p @ (k - mean) ** 2), "purity": float(p @ p),
    }


class Charging:
    """The course of a model and its limit."""

    def __init__(self, model):
        self.model = model
        self.flow = Flow(model.a, model.v0, model.functionals)
        self.start = float(np.real(model.functionals["energy"] @ model.v0))

    def limit(self):
        """By running until nothing changes."""
        flow = Flow(self.model.a, self.model.v0, {})
        while True:
            before = flow.v
            flow.extend(flow.t + 50.0)
            if np.abs(flow.v - before).max() < 2e-15:
                return flow.v

    def figures(self, times):
        out = {}
        for t in times:
            one = self.model.battery(self.flow.at(t, "battery"))
            one["power.instantaneous"] = float(np.real(self.flow.at(t, "energy", 1)))
            one["charging.heat_hot"] = float(np.real(self.flow.integral(t, "heat")))
            one["charging.efficiency"] = (one["energy"] - self.start) / one["charging.heat_hot"] if t > 0 else None
            for key, value in one.items():
                out.setdefault(key, []).append(None if value is None else float(value))
        # The state at the last time by another method.
        state = expm_multiply(self.model.a * times[-1], self.model.v0)
        assert abs(np.real(self.model.functionals["energy"] @ state) - out["energy"][-1]) < 2e-12
        return out

    def time(self, limit, fraction):
        """First time at which E_B - E_B(0) is `fraction` of its limit, and whether there are later ones."""
        target, t = self.start + fraction * (limit - self.start), 10.0
        while not (found := self.flow.crossings("energy", target, t)):
            t *= 1.5
        return found[0], self.flow.crossings("energy", target, 2.5 * found[0])[1:]
