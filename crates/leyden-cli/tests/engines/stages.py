"""Stages on the joint density matrix of a few qubits, read row by row, and where cycles of them lead.

evolve, wait, load: e^{Lt}, d rho/dt = -i[H, rho] + sum_k rate_k (L_k rho L_k^dag - {L_k^dag L_k, rho}/2)
reset: Tr_part(rho) x product state; pulse: e^{-i angle sigma_x/2} on every qubit of a part
measure, dephase (parts of one qubit): coherences of the part vanish; extract: the unitary that leaves least energy
Qubits: |0> ground, |1> excited.
"""
import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

LOWER = np.array([[0.0, 1.0], [0.0, 0.0]])
NUMBER = np.diag([0.0, 1.0])
SIGMA_X = np.array([[0.0, 1.0], [1.0, 0.0]])


def embed(total, site, small):
    out = sp.eye_array(1, format="csr")
    for i in range(total):
        out = sp.csr_array(sp.kron(out, sp.csr_array(small) if i == site else sp.eye_array(2), format="csr"))
    return out


def generator(h, channels):
    eye = sp.eye_array(h.shape[0])
    out = -1j * (sp.kron(h, eye) - sp.kron(eye, h.T))
    for rate, l in channels:
        ldl = l.T @ l
        out = out + rate * (sp.kron(l, l) - 0.5 * sp.kron(ldl, eye) - 0.5 * sp.kron(eye, ldl.T))
    return sp.csr_array(out)


def noise(lower, number, relaxation=0.0, occupation=0.0, dephasing=0.0):
    """Channels of one qubit, rates of D[L]."""
    channels = [(relaxation * (occupation + 1), lower), (relaxation * occupation, sp.csr_array(lower.T)), (dephasing, number)]
    return [x for x in channels if x[0] > 0.0]


class Qubits:
    """`parts` = {"charger": sites, "battery": sites}; frequencies of the battery's qubits."""

    def __init__(self, total, parts, omega):
        self.total, self.parts, self.size = total, parts, 2 ** total
        self.lower = [embed(total, i, LOWER) for i in range(total)]
        self.number = [embed(total, i, NUMBER) for i in range(total)]
        self.omega = omega
        self.h_battery = sum(w * self.number[i] for w, i in zip(omega, parts["battery"])).diagonal()

    def kraus(self, site, operators):
        ks = [embed(self.total, site, k) for k in operators]
        return sp.csr_array(sum(sp.kron(k, k.conj()) for k in ks))

    def product(self, excitations):
        rho = np.ones((1, 1))
        for q in excitations:
            rho = np.kron(rho, np.diag([1.0 - q, q]))
        return rho.ravel().astype(complex)

    def reset(self, part, q):
        out = sp.eye_array(self.size ** 2)
        for site in self.parts[part]:
            to = (np.sqrt(1 - q), np.sqrt(q))
            operators = [np.outer(np.eye(2)[a] * to[a], np.eye(2)[b]) for a in (0, 1) for b in (0, 1)]
            out = self.kraus(site, operators) @ out
        return out

    def pulse(self, part, angle):
        u = la.expm(-0.5j * angle * SIGMA_X)
        out = sp.eye_array(self.size ** 2)
        for site in self.parts[part]:
            out = self.kraus(site, [u]) @ out
        return out

    def forget(self, part):
        (site,) = self.parts[part]
        return self.kraus(site, [np.diag([1.0, 0.0]), NUMBER])

    def reduced(self, rho):
        """The battery's density matrix."""
        rho = rho.reshape([2] * (2 * self.total))
        battery = self.parts["battery"]
        rest = [i for i in range(self.total) if i not in battery]
        order = battery + rest + [self.total + i for i in battery] + [self.total + i for i in rest]
        b, r = 2 ** len(battery), 2 ** len(rest)
        return np.einsum("aibi->ab", rho.transpose(order).reshape(b, r, b, r))

    def energy(self, rho):
        return float(self.h_battery @ rho.reshape(self.size, self.size).diagonal().real)

    def levels(self):
        n = len(self.omega)
        return np.array([sum(w for k, w in enumerate(self.omega) if i >> (n - 1 - k) & 1) for i in range(2 ** n)])

    def ergotropy(self, rho):
        small = self.reduced(rho)
        values = np.sort(la.eigvalsh(small))[::-1]
        return float(np.diag(small).real @ self.levels() - values @ np.sort(self.levels()))

    def extract(self, rho):
        """By the best unitary on a battery of one qubit, the charger's state traced out and put beside it."""
        (site,) = self.parts["battery"]
        _, vectors = la.eigh(self.reduced(rho))
        u = np.array([vectors[:, 1].conj(), vectors[:, 0].conj()])
        return self.kraus(site, [u]) @ rho


def run(system, rho, stages, repeat, limits=True):
    """Expected cycles. `stages`: ("map", matrix) linear, dense or sparse, or ("extract",) not linear."""
    start, expect = rho, {"cycles.energy": [], "cycles.ergotropy": []}
    step = lambda r, s: s[1] @ r if s[0] == "map" else system.extract(r)
    for i in range(len(stages)):
        expect[f"cycles.stages.{i}.energy"] = []
    for _ in range(repeat):
        for i, stage in enumerate(stages):
            rho = step(rho, stage)
            expect[f"cycles.stages.{i}.energy"].append(system.energy(rho))
        expect["cycles.energy"].append(system.energy(rho))
        expect["cycles.ergotropy"].append(system.ergotropy(rho))
        small = rho.reshape(system.size, system.size)
        assert abs(np.trace(small) - 1) < 1e-11 and la.eigvalsh((small + small.conj().T) / 2)[0] > -1e-11
    if not limits:
        return expect
    if any(s[0] == "extract" for s in stages):
        for _ in range(3000):
            before = rho
            for stage in stages:
                rho = step(rho, stage)
            if np.abs(rho - before).max() < 1e-15:
                break
        else:
            raise AssertionError("no limit")
        expect["cycles.fixed_point"] = system.energy(rho)
        return expect
    cycle = np.eye(system.size ** 2)
    for _, m in stages:
        cycle = m @ cycle
    values, right = la.eig(cycle)
    unit = abs(values) > 1 - 1e-9
    assert abs(values[unit] - 1).max() < 1e-9, "undamped cycles"
    u, s, vh = la.svd(cycle - np.eye(len(cycle)))
    kept = s < 1e-12
    assert s[~kept].min() > 1e-6 and kept.sum() == unit.sum()
    l, r = u[:, kept], vh.conj().T[:, kept]
    limit = r @ np.linalg.solve(l.conj().T @ r, l.conj().T @ start)
    expect["cycles.fixed_point"] = system.energy(limit)
    # Modes with a weight in the start, and among them those seen in the energy.
    weight = np.abs(la.lstsq(right, start - limit)[0]) * np.linalg.norm(right, axis=0)
    seen = np.abs(system.h_battery @ right.reshape(system.size, system.size, -1)[range(system.size), range(system.size)])
    below = ~unit
    carried, shown = below & (weight > 1e-8), below & (weight * seen > 1e-8)
    if shown.any() and abs(values[carried]).max() - abs(values[shown]).max() < 1e-9:
        m = abs(values[shown]).max()
        expect["cycles.rate"] = float(-np.log(m))
        # What the cycles do by themselves, far out.
        v, deviations = start - limit, []
        for _ in range(400):
            v = cycle @ v
            deviations.append(system.energy(v))
        tail = [(k, abs(d)) for k, d in enumerate(deviations) if abs(d) > 1e-11]
        leading = values[shown][abs(abs(values[shown]) - m) < 1e-6]
        if len(tail) > 8 and len(leading) == 1:
            (k1, d1), (k2, d2) = tail[-4], tail[-1]
            found = -np.log(d2 / d1) / (k2 - k1)
            others = abs(values[shown & (abs(values) < m - 1e-6)])
            if len(others) == 0 or others.max() < 0.6 * m:
                assert abs(found / expect["cycles.rate"] - 1) < 1e-2, (found, expect["cycles.rate"])
    else:
        print("  rate left out: the slowest mode of the state is not one of the energy", flush=True)
    return expect


def toml_stages(stages, repeat):
    out = []
    for stage in stages:
        out.append("[[stage]]")
        for key, value in stage.items():
            out.append(f"{key} = " + (f'"{value}"' if isinstance(value, str) else repr(value)))
        out.append("")
    out += ["[cycle]", f"repeat = {repeat}", ""]
    return "\n".join(out)
