"""Charging times and limits at random points of scenarios/dephasing-drive-map.toml, by brute force.

    d rho/dt = -i[H, rho] + (gamma/2) (2 n_C rho n_C - {n_C, rho}),  H = g (c^dag b + h.c.) + F (c + c^dag),  g = 1

The 16 x 16 generator of the whole pair, with F and gamma taken as the exact rationals that their floats are. From
rho_0 = |gg><gg| it spans the Krylov space rho_0, L rho_0, ..., whose first linear dependence p(L) rho_0 = 0 is found in exact
arithmetic. With p(s) = s r(s) the limit is r(L) rho_0/r(0), again exact, and with m_k = Tr[n_B L^k rho_0]

    E_B(t) = sum_j q(s_j)/p'(s_j) e^{s_j t},  p(s) sum_k m_k s^{-k-1} = q(s) + O(1/s),  p(s_j) = 0,

with roots in 150 digits: degenerate eigenvalues appear once, nearly defective ones cost digits only.

    settling: last t with |D(t)| = |D(0)|/e, D = E_B - E_B(inf); first: first such t
    spectral: 1/(smallest -Re s_j among modes with an amplitude above 1e-12 |D(0)|)
    ergotropy: from the eigenvalues of the limit of rho_B

No crossing lies beyond the time T at which sum_j |c_j| e^{Re s_j T} = |D(0)|/e. Before T intervals are halved until
|D''| <= sum_j |c_j| |s_j|^2 e^{Re s_j t} excludes a crossing or makes D monotonic; signs at the ends and the crossing itself
come from 150 digits, which also decide next to a jump of the settling time.

Run:  pip install mpmath==1.4.1   then  python map_points.py
"""
import cmath
import json
import math
import random
from fractions import Fraction
from multiprocessing import Pool
from pathlib import Path

import mpmath
from mpmath import mpf

POINTS = 200
SEED = 20250109
GRID = 200
DIGITS = 150


def log_grid(start, end):
    """GRID floats from 10^start to 10^end."""
    mpmath.mp.dps = 40
    return [float(mpf(10) ** (start + (end - start) * mpf(i) / (GRID - 1))) for i in range(GRID)]


# ------------------------------------------------- the pair, exactly

def multiply(a, b):
    return [[sum(x * y for x, y in zip(row, column) if x and y) for column in zip(*b)] for row in a]


def kron(a, b):
    return [[x * y for x in row for y in other] for row in a for other in b]


LOWER, ONE = [[0, 1], [0, 0]], [[1, 0], [0, 1]]
C, B = kron(LOWER, ONE), kron(ONE, LOWER)
TRANSPOSE = lambda a: [list(x) for x in zip(*a)]
N_C, N_B = multiply(TRANSPOSE(C), C), multiply(TRANSPOSE(B), B)
HOP = [[x + y for x, y in zip(r, s)] for r, s in zip(multiply(TRANSPOSE(C), B), multiply(TRANSPOSE(B), C))]
PUSH = [[x + y for x, y in zip(r, s)] for r, s in zip(C, TRANSPOSE(C))]


def hamiltonian(f):
    return [[x + f * y for x, y in zip(r, s)] for r, s in zip(HOP, PUSH)]


def generator(h, gamma):
    """rho = X + iY -> (dX, dY); H is real and n_C diagonal."""
    n = [N_C[i][i] for i in range(4)]

    def commutator(x):
        return [[a - b for a, b in zip(r, s)] for r, s in zip(multiply(h, x), multiply(x, h))]

    def apply(state):
        x, y = state
        hx, hy = commutator(x), commutator(y)
        loss = lambda i, j: gamma / 2 * (2 * n[i] * n[j] - n[i] ** 2 - n[j] ** 2)
        return ([[hy[i][j] + loss(i, j) * x[i][j] for j in range(4)] for i in range(4)],
                [[-hx[i][j] + loss(i, j) * y[i][j] for j in range(4)] for i in range(4)])
    return apply


def flat(state):
    return [v for part in state for row in part for v in row]


def first_dependence(apply, state):
    """Krylov states and the monic p, lowest coefficient first, with p(L) rho_0 = 0."""
    states, basis = [state], []
    while True:
        row, combination = flat(states[-1]), [Fraction(0)] * (len(states) - 1) + [Fraction(1)]
        for pivot, other, weights in basis:
            if row[pivot]:
                factor = row[pivot] / other[pivot]
                row = [a - factor * b for a, b in zip(row, other)]
                combination = [a - factor * b for a, b in zip(combination, weights + [0] * len(combination))]
        pivot = next((i for i, v in enumerate(row) if v), None)
        if pivot is None:
            return states, combination
        basis.append((pivot, row, combination))
        states.append(apply(states[-1]))


def exact(x):
    return mpf(x.numerator) / mpf(x.denominator)


class Pair:
    """E_B(t) = limit + sum_j c_j e^{s_j t}, and the limit of rho_B."""

    def __init__(self, f, gamma):
        mpmath.mp.dps = DIGITS
        zero = [[Fraction(0)] * 4 for _ in range(4)]
        start = [[Fraction(int(i == j == 0)) for j in range(4)] for i in range(4)]
        states, p = first_dependence(generator(hamiltonian(Fraction(f)), Fraction(gamma)), (start, zero))
        degree = len(p) - 1
        assert p[0] == 0 and p[1] != 0
        r = p[1:]
        limit = [sum(a * v for a, v in zip(r, values)) / r[0] for values in zip(*map(flat, states))]
        rho = [[[limit[16 * k + 4 * i + j] for j in range(4)] for i in range(4)] for k in range(2)]
        trace_c = lambda part, i, j: part[i][j] + part[2 + i][2 + j]
        p_e, p_g = trace_c(rho[0], 1, 1), trace_c(rho[0], 0, 0)
        assert p_e + p_g == 1
        self.limit = exact(p_e)
        coherence2 = exact(trace_c(rho[0], 0, 1) ** 2 + trace_c(rho[1], 0, 1) ** 2)
        self.ergotropy = self.limit - (mpf(1) / 2 - mpmath.sqrt(exact((p_e - p_g) ** 2) / 4 + coherence2))

        m = [sum(state[0][i][i] * N_B[i][i] for i in range(4)) for state in states]
        q = [exact(sum(p[i + k + 1] * m[k] for k in range(degree - i))) for i in range(degree)]
        roots = mpmath.polyroots([exact(x) for x in reversed(r)], maxsteps=2000, extraprec=2000)
        value = lambda coefficients, s: mpmath.polyval(coefficients[::-1], s)
        derivative = [k * exact(p[k]) for k in range(1, degree + 1)]
        assert all(mpmath.re(s) < 0 for s in roots)
        modes = [(value(q, s) / value(derivative, s), s) for s in roots]
        self.start = -self.limit
        assert abs(value(q, 0) / value(derivative, 0) - self.limit) < mpf(10) ** -100
        self.spectral = 1 / min(-mpmath.re(s) for c, s in modes if abs(c) > mpf("1e-12") * abs(self.start))
        self.carry(modes)

    @classmethod
    def of_modes(cls, modes):
        """A curve that falls to 0 by these modes."""
        pair = cls.__new__(cls)
        pair.start = mpmath.re(sum(c for c, _ in modes))
        pair.carry(modes)
        return pair

    def carry(self, modes):
        self.modes = [(c, s) for c, s in modes if abs(c) > mpf(10) ** -60]
        assert abs(sum(c for c, _ in self.modes) - self.start) < mpf(10) ** -50
        self.floats = [(complex(c), complex(s), abs(complex(c))) for c, s in self.modes]
        self.threshold = abs(self.start) / mpmath.e

    def sample(self, t, order=0):
        """D or a derivative at t in DIGITS digits."""
        return mpmath.re(sum(c * s ** order * mpmath.exp(s * t) for c, s in self.modes))

    def rough(self, t, order):
        """The same in floats, with a bound of its error."""
        value = error = 0.0
        for c, s, size in self.floats:
            value += (c * s ** order * cmath.exp(s * t)).real
            error += size * abs(s) ** order * math.exp(s.real * t) * 1e-15 * (abs(s) * t + 10)
        return value, error

    def bound(self, t, order):
        return sum(size * abs(s) ** order * math.exp(s.real * t) for _, s, size in self.floats)

    def horizon(self, level):
        low, high = 0.0, 1.0
        while self.bound(high, 0) > level:
            high *= 2
        while high - low > 1e-9 * high:
            middle = (low + high) / 2
            low, high = (middle, high) if self.bound(middle, 0) > level else (low, middle)
        return high * (1 + 1e-6)

    def roots(self, order, target, begin, end, backwards):
        """Roots of D^(order) - target in (begin, end), each in DIGITS digits, in the order asked for."""
        pieces, edge = [], end
        while edge > 1e-6 and edge > begin:
            pieces.append((max(edge / 2, begin), edge))
            edge /= 2
        if edge > begin:
            pieces.append((begin, edge))
        stack = pieces[::-1] if backwards else pieces
        level = float(target)
        while stack:
            a, b = stack.pop()
            middle, half = (a + b) / 2, (b - a) / 2
            value, error = self.rough(middle, order)
            slope, slack = self.rough(middle, order + 1)
            curvature = self.bound(a, order + 2)
            if abs(value - level) > abs(slope) * half + curvature * half ** 2 / 2 + error:
                continue
            if abs(slope) > curvature * half + slack or half < 1e-13 * b:
                f = lambda t: self.sample(t, order) - target
                low, high = mpf(a), mpf(b)
                rising = f(high) > 0
                if (f(low) > 0) == rising:
                    assert abs(slope) > curvature * half + slack, "touches the level"
                    continue
                yield self.refine(order, target, low, high, rising)
                continue
            parts = [(a, middle), (middle, b)]
            stack.extend(parts if backwards else parts[::-1])

    def refine(self, order, target, low, high, rising):
        """Newton's steps, halving where they leave the bracket."""
        t, step = (low + high) / 2, high
        while abs(step) > mpf(10) ** -40 * t:
            value = self.sample(t, order) - target
            low, high = (low, t) if (value > 0) == rising else (t, high)
            slope = self.sample(t, order + 1)
            new = t - value / slope if slope else low
            if not low < new < high:
                new = (low + high) / 2
            step, t = new - t, new
        return t

    def crossings(self):
        end = self.horizon(float(self.threshold))
        crossing = lambda sign, backwards: next(self.roots(0, sign * self.threshold, 0.0, end, backwards), None)
        first = min(t for t in (crossing(1, False), crossing(-1, False)) if t is not None)
        settling = max(t for t in (crossing(1, True), crossing(-1, True)) if t is not None)
        return first, settling


def point(task):
    index, f, gamma = task
    pair = Pair(f, gamma)
    first, settling = pair.crossings()
    return {"index": index, "drive": f, "dephasing": gamma, "settling": float(settling), "first": float(first),
            "spectral": float(pair.spectral), "energy": float(pair.limit), "ergotropy": float(pair.ergotropy),
            "modes": len(pair.modes)}


def main():
    drives, rates = log_grid(-2, 2), log_grid(-3, 3)
    chosen = sorted(random.Random(SEED).sample(range(GRID * GRID), POINTS))
    tasks = [(k, drives[k // GRID], rates[k % GRID]) for k in chosen]
    with Pool() as pool:
        points = pool.map(point, tasks, chunksize=1)
    lines = ",\n".join("  " + json.dumps(p) for p in points)
    text = f'{{\n "shape": [{GRID}, {GRID}],\n "points": [\n{lines}\n ]\n}}\n'
    (Path(__file__).parent / "map_points.json").write_text(text)


if __name__ == "__main__":
    main()
