"""The battery in the effective bath of its engines, in 30 digits.

    dp_n/dt = Gamma (x n (N-n+1) p_{n-1} + (n+1)(N-n) p_{n+1} - [x (n+1)(N-n) + n (N-n+1)] p_n)

D[S^-] and x D[S^+] on the ladder n = 0..N, from |0> or |N>; the steps are those of flow.py.
"""
from math import comb

import mpmath
from mpmath import mpf

DIGITS = 30


class Ladder:
    def __init__(self, n, x, gamma, omega, excited=False):
        mpmath.mp.dps = DIGITS + 5
        self.n, self.omega = n, mpf(omega)
        x, gamma = mpf(x), mpf(gamma)
        self.up = [gamma * x * (k + 1) * (n - k) for k in range(n + 1)]
        self.down = [gamma * k * (n - k + 1) for k in range(n + 1)]
        self.p, self.t = [mpf(0)] * (n + 1), mpf(0)
        self.p[n if excited else 0] = mpf(1)
        self.first = list(self.p)
        self.step = 1 / max(u + d for u, d in zip(self.up, self.down))
        self.pieces = []
        weights = [x ** k for k in range(n + 1)]
        self.limit = [w / sum(weights) for w in weights]

    def derivative(self, p):
        n, up, down = self.n, self.up, self.down
        out = [-(up[k] + down[k]) * p[k] for k in range(n + 1)]
        for k in range(n):
            out[k + 1] += up[k] * p[k]
            out[k] += down[k + 1] * p[k + 1]
        return out

    def extend(self, t):
        while self.t <= t:
            term, total, terms = self.p, list(self.p), [self.p]
            while max(abs(v) for v in term) > mpf(10) ** -(DIGITS + 3):
                factor = self.step / len(terms)
                term = [v * factor for v in self.derivative(term)]
                terms.append(term)
                total = [a + b for a, b in zip(total, term)]
            energies = [sum(k * v for k, v in enumerate(q)) for q in terms]
            self.pieces.append((self.t, terms, energies))
            self.p, self.t = total, self.t + self.step

    def at(self, t):
        """p_0..p_N."""
        t = mpf(t)
        self.extend(t)
        start, terms, _ = self.pieces[int((t / self.step))]
        s = (t - start) / self.step
        return [sum(q[k] * s ** j for j, q in enumerate(terms)) for k in range(self.n + 1)]

    def energy(self, i, s, derivative=0):
        c = self.pieces[i][2]
        for _ in range(derivative):
            c = [k * v / self.step for k, v in enumerate(c)][1:]
        return self.omega * mpmath.polyval(c[::-1], s)

    def figures_of(self, p):
        n = self.n
        mean = sum(k * v for k, v in enumerate(p))
        ladder = sum(k * v for k, v in enumerate(sorted(p, reverse=True)))
        passive, left, level, room = mpf(0), sorted(p, reverse=True), 0, 1     # room: states left in the level
        for v in left:
            while room == 0:
                level += 1
                room = comb(n, level)
            passive, room = passive + level * v, room - 1
        variance = sum(v * (k - mean) ** 2 for k, v in enumerate(p))
        flow = self.derivative(p)
        return {
            "energy": self.omega * mean, "ergotropy.global": self.omega * (mean - passive),
            "ergotropy.collective": self.omega * (mean - ladder), "fluctuation": self.omega * mpmath.sqrt(variance),
            "purity": sum(v * v for v in p), "power.instantaneous": self.omega * sum(k * v for k, v in enumerate(flow)),
        }

    def time(self, fraction):
        """First time at which E_B - E_B(0) is `fraction` of its limit; the energy is monotonic."""
        start, limit = self.figures_of(self.first)["energy"], self.figures_of(self.limit)["energy"]
        target = start + mpf(fraction) * (limit - start)
        i = 0
        while True:
            self.extend((i + mpf("0.5")) * self.step)
            f = lambda s: (self.energy(i, s) - target) * (1 if limit > start else -1)
            if f(mpf(1)) >= 0:
                s = mpmath.findroot(f, (mpf(0), mpf(1)), solver="anderson", tol=mpf(10) ** -40, verify=False)
                assert abs(f(s)) < mpf(10) ** -25 and 0 <= s <= 1
                return (i + s) * self.step
            i += 1

    def peak_power(self, t_end):
        """(value, time) of the largest dE_B/dt, one maximum at most."""
        self.extend(t_end)
        best = (self.energy(0, mpf(0), 1), mpf(0))
        for i in range(len(self.pieces)):
            if self.energy(i, mpf(0), 2) > 0 >= self.energy(i, mpf(1), 2):
                s = mpmath.findroot(lambda s: self.energy(i, s, 2), (mpf(0), mpf(1)), solver="anderson", tol=mpf(10) ** -40, verify=False)
                best = max(best, (self.energy(i, s, 1), (i + s) * self.step))
        return best
