"""Expected limits and plateaus of every scenario in limits/, by brute force.

The equations, conventions and operators are those of make_goldens.py. Qubit chargers, exchange coupling, all empty at t = 0.

Limit: H and n_C, applied to the initial ket of the full tensor-product space again and again, span a subspace that the
evolution never leaves; the state is projected on the null space of the generator there (matrices that commute with H and with every
channel, all Hermitian here) and carried back to the full space.
R = ergotropy/energy; each level of H_B counts as often as it occurs among the d^N product states.

Pairs with noise of the charger only: the generator's Krylov space in exact arithmetic and 150 digits for its roots
(references/map_points.py), rho(t) = sum_j rho_j e^{s_j t}. Plateau: wherever the next rate is at least ten times every |s_j|
slower than it, the limit and the slower parts at t = 0. `from`: 1/(next rate), lifetime: 1/(fastest |s_j| of the slower parts),
settling and first: crossings of e^{-1} of the way from the start by the faster parts alone. Parts of rho_B below 1e-12 do not count.

Run:  pip install numpy==2.4.6 scipy==1.17.1 mpmath==1.4.1   then  python make_limits.py [NAME ...]
"""
import json
import sys
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import scipy.linalg as la
from mpmath import mpf

from make_goldens import System, merits, single_time, trace_charger

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "references"))
from map_points import Pair, exact, first_dependence, flat, generator  # noqa: E402


# ------------------------------------------------------------------- limits

def closed_subspace(system):
    """Orthonormal basis of the kets that H and the channels make of the initial ket."""
    values, vectors = la.eigh(system.rho0)
    assert abs(values[-1] - 1) < 1e-12
    basis, waiting, smallest, largest = [], [vectors[:, -1]], 1.0, 0.0
    while waiting:
        ket = waiting.pop(0)
        size = la.norm(ket)
        for _ in range(3):
            for b in basis:
                ket = ket - b * (b.conj() @ ket)
        left = la.norm(ket) / size if size > 0 else 0.0
        if left < 1e-9:
            largest = max(largest, left)
            continue
        smallest = min(smallest, left)
        basis.append(ket / la.norm(ket))
        waiting += [system.h @ basis[-1]] + [l @ basis[-1] for _, l in system.channels]
    return np.array(basis).T, f"dimension {len(basis)} of {system.dim} (kept {smallest:.1e}, left out {largest:.1e})"


def limit_by_null_space(system):
    """Hermitian L: Re Tr[X^dag Z(X)] = -sum_k rate_k ||[L_k, X]||^2/2, so that Z(X) = 0 is [H, X] = [L_k, X] = 0, and Z^dag the same."""
    v, report = closed_subspace(system)
    eye = np.eye(v.shape[1])
    commutator = lambda x: np.kron(x, eye) - np.kron(eye, x.T)
    h = v.conj().T @ (system.h @ v)
    rows, g = [commutator(h)], -1j * commutator(h)
    for rate, l in system.channels:
        assert abs(l - l.conj().T).max() == 0
        rows.append(commutator(v.conj().T @ (l @ v)))
        g -= 0.5 * rate * rows[-1] @ rows[-1]
    s, vh = la.svd(np.vstack(rows))[1:] if len(g) < 400 else la.svd(np.vstack(rows), full_matrices=False)[1:]
    kept = s < 1e-15 * s[0] * len(s)
    null = vh.conj().T[:, kept]
    start = (v.conj().T @ system.rho0 @ v).ravel()
    limit = null @ (null.conj().T @ start)
    assert s[~kept][-1] > 1e-5 * s[0], s[-10:]
    assert la.norm(g @ limit) < 1e-13 * la.norm(g)
    report += f", {np.count_nonzero(kept)} conserved there, singular values {s[kept].max():.1e} | {s[~kept].min():.1e}"
    return v @ limit.reshape(h.shape) @ v.conj().T, report


def figures(system, full):
    one = merits(single_time(system), [full])
    rho = trace_charger(full, system.dims[0], int(np.prod(system.battery_dims)))
    ergotropy = {k: one["ergotropy"][k] and one["ergotropy"][k][0] for k in ("global", "collective", "local")}
    return {"energy": one["energy"][0], "ergotropy": ergotropy, "passive": one["passive"][0], "purity": one["purity"][0],
            "largest_eigenvalue": float(la.eigvalsh(rho)[-1]), "ratio": ergotropy["global"] / one["energy"][0]}


# -------------------------------------------------------------------- pairs

class Parts:
    """rho_B(t) = sum_j parts_j e^{s_j t} of a detuned pair, s_0 = 0."""

    def __init__(self, system):
        mpmath.mp.dps = 150
        h = system.h.toarray()
        (gamma, l), = system.channels
        assert np.array_equal(l.toarray(), np.diag([0.0, 0.0, 1.0, 1.0]))
        rational = [[Fraction(float(x)) for x in row] for row in h]
        zero = [[Fraction(0)] * 4 for _ in range(4)]
        start = [[Fraction(int(i == j == 0)) for j in range(4)] for i in range(4)]
        states, p = first_dependence(generator(rational, Fraction(gamma)), (start, zero))
        p = [exact(x) for x in p]
        vectors = [mpmath.matrix([exact(a) + 1j * exact(b) for a, b in zip(x[:16], x[16:])]) for x in map(flat, states)]
        assert p[0] == 0
        roots = [mpf(0)] + mpmath.polyroots(p[:0:-1], maxsteps=2000, extraprec=2000)
        self.parts = []
        for s in roots:
            quotient, carried = [], mpf(0)      # p(x)/(x - s), highest first
            for coefficient in p[:0:-1]:
                carried = carried * s + coefficient
                quotient.append(carried)
            full = sum((c * v for c, v in zip(quotient[::-1], vectors)), mpmath.matrix(16, 1))
            full /= mpmath.polyval(quotient, s)
            cell = mpmath.matrix(2, 2)
            for i in range(2):
                for j in range(2):
                    cell[i, j] = full[4 * i + j] + full[4 * (2 + i) + 2 + j]
            if s == 0 or mpmath.mnorm(cell, "f") > 1e-12:
                self.parts.append((s, cell))
        total = sum((cell for _, cell in self.parts), mpmath.matrix(2, 2))
        assert mpmath.mnorm(total - mpmath.matrix([[1, 0], [0, 0]]), "f") < 1e-10
        self.parts.sort(key=lambda part: -mpmath.re(part[0]))
        self.omega = mpf(system.omega[0])

    def merit(self, count):
        """Energy and ergotropy of the first parts at t = 0."""
        rho = sum((cell for _, cell in self.parts[:count]), mpmath.matrix(2, 2))
        assert mpmath.mnorm(rho - rho.H, "f") < 1e-40
        e, g = mpmath.re(rho[1, 1]), mpmath.re(rho[0, 0])
        lowest = (e + g) / 2 - mpmath.sqrt((e - g) ** 2 / 4 + abs(rho[0, 1]) ** 2)
        return self.omega * e, self.omega * (e - lowest)

    def charging_time(self):
        """spectral: slowest rate among modes with an amplitude above 1e-12 of the energy that is still to come."""
        modes = [(self.omega * cell[1, 1], s) for s, cell in self.parts[1:]]
        curve = Pair.of_modes(modes)
        first, settling = curve.crossings()
        slowest = min(-mpmath.re(s) for c, s in modes if abs(c) > mpf("1e-12") * abs(curve.start))
        return {"settling": float(settling), "first": float(first), "spectral": float(1 / slowest)}

    def plateaus(self):
        found = []
        for k in range(2, len(self.parts)):
            fastest = max(abs(s) for s, _ in self.parts[1:k])
            following = -mpmath.re(self.parts[k][0])
            if following < 10 * fastest:
                continue
            energy, ergotropy = self.merit(k)
            curve = Pair.of_modes([(self.omega * cell[1, 1], s) for s, cell in self.parts[k:]])
            first, settling = curve.crossings()
            found.append({"energy": float(energy), "ergotropy": float(ergotropy), "from": float(1 / following),
                          "lifetime": float(1 / fastest), "settling": float(settling), "first": float(first)})
        return found[::-1]


def expected(path):
    text = path.read_text()
    system = System(text, 0)
    state, report = limit_by_null_space(system)
    result = {"asymptote": figures(system, state)}
    if system.dim == 4:
        parts = Parts(System(text, 0))
        energy, ergotropy = map(float, parts.merit(1))
        assert abs(energy - result["asymptote"]["energy"]) < 1e-11
        assert abs(ergotropy - result["asymptote"]["ergotropy"]["global"]) < 1e-11
        result["asymptote"]["slowest_rate"] = float(-mpmath.re(parts.parts[1][0]))
        result["asymptote"]["plateaus"] = parts.plateaus()
        result["charging_time"] = parts.charging_time()
        report += f", {len(result['asymptote']['plateaus'])} plateaus"
    path.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"{path.stem}: {report}, R = {result['asymptote']['ratio']:.12f}", flush=True)


if __name__ == "__main__":
    for path in sorted((HERE / "limits").glob("*.toml")):
        if not sys.argv[1:] or path.stem in sys.argv[1:]:
            expected(path)
