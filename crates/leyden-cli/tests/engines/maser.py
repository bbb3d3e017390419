"""The three-level maser as a 9 x 9 generator, and what its steady state says.

    H = w0 |1><1| + w_h |2><2|,  d rho/dt = -i[H, rho] + sum_k rate_k (L_k rho L_k^dag - {L_k^dag L_k, rho}/2)
    |2><0| at a, |0><2| at b, |1><2| at c, |2><1| at d (rates of the two baths)
drive: V = lam (|0><1| e^{i omega_d t} + h.c.), solved in the frame rotating at omega_d; load: |0><1| at R_d, |1><0| at R_u.
Matrices are read row by row: A rho B -> A kron B^T.
"""
from dataclasses import dataclass

import numpy as np
import scipy.linalg as la


def unit(i, j, d=3):
    m = np.zeros((d, d))
    m[i, j] = 1.0
    return m


def generator(h, channels):
    eye = np.eye(len(h))
    out = -1j * (np.kron(h, eye) - np.kron(eye, h.T))
    for rate, l in channels:
        ldl = l.conj().T @ l
        out += rate * (np.kron(l, l.conj()) - 0.5 * np.kron(ldl, eye) - 0.5 * np.kron(eye, ldl.T))
    return out


@dataclass
class Maser:
    wh: float
    w0: float
    th: float
    tc: float
    gh: float = 1.0
    gc: float = 1.0
    rates: str = "bosonic"
    drive: float = 0.0
    detuning: float = 0.0
    down: float = 0.0
    up: float = 0.0

    @property
    def wc(self):
        return self.wh - self.w0

    def bath_rates(self):
        """a, b, c, d."""
        eh, ec = np.exp(-self.wh / self.th), np.exp(-self.wc / self.tc)
        if self.rates == "bosonic":
            nh, nc = eh / (1 - eh), ec / (1 - ec)
            return self.gh * nh, self.gh * (nh + 1), self.gc * (nc + 1), self.gc * nc
        return self.gh * eh, self.gh, self.gc, self.gc * ec

    def channels(self, load=True):
        a, b, c, d = self.bath_rates()
        out = [(a, unit(2, 0)), (b, unit(0, 2)), (c, unit(1, 2)), (d, unit(2, 1))]
        if load:
            out += [(self.down, unit(0, 1)), (self.up, unit(1, 0))]
        return [x for x in out if x[0] > 0.0]

    def hamiltonian(self):
        """In the frame rotating at omega_d on the signal."""
        return -self.detuning * unit(1, 1) + self.drive * (unit(0, 1) + unit(1, 0))

    def steady(self, load=True):
        h = self.hamiltonian() if load else np.zeros((3, 3))
        u, s, vh = la.svd(generator(h, self.channels(load)))
        assert s[-1] < 1e-14 * s[0] and s[-2] > 1e-6 * s[0]
        rho = vh[-1].conj().reshape(3, 3)
        return rho / np.trace(rho)

    def report(self):
        rho = self.steady()
        n = np.diag(rho).real
        a, b, c, d = self.bath_rates()
        hot = self.wh * (a * n[0] - b * n[2])                # energy of the bare levels
        cold = self.wc * (d * n[1] - c * n[2])
        # Delivered: -Tr[rho dV/dt] to the drive, w0 times the net flow to the load.
        wd = self.w0 + self.detuning
        dv = 1j * wd * self.drive * (unit(0, 1) - unit(1, 0))
        power = -np.trace(rho @ dv).real + self.w0 * (self.down * n[1] - self.up * n[0])
        open_ = np.diag(self.steady(load=False)).real
        x = open_[1] / open_[0]
        return {
            "engine.populations": n.tolist(), "engine.ratio": x, "engine.beta_e": -np.log(x) / self.w0,
            "engine.current": hot / self.wh, "engine.heat_hot": hot, "engine.heat_cold": cold, "engine.power": power,
            "engine.entropy_production": -hot / self.th - cold / self.tc,
        }

    def effective_rates(self, g, delta):
        """Second order in the coupling, by the resolvent of the open engine: (down, up) of D[S^-], D[S^+].

        rate = 2 g^2 Re int_0^inf dt e^{+-i delta t} Tr[A^dag e^{Lt}(A rho)], A = |1><0| (down) or |0><1| (up).
        """
        rho = self.steady(load=False)
        l = generator(np.zeros((3, 3)), self.channels(load=False))
        out = []
        for operator, sign in ((unit(1, 0), 1), (unit(0, 1), -1)):
            source = (operator @ rho).ravel()
            y = np.linalg.lstsq(-(l + 1j * sign * delta * np.eye(9)), source, rcond=None)[0].reshape(3, 3)
            out.append(2 * g * g * np.trace(operator.T @ y).real)
        return tuple(out)

    def toml(self):
        lines = ["[engine]", f"hot_frequency = {self.wh!r}", f"signal_frequency = {self.w0!r}",
                 f"hot_temperature = {self.th!r}", f"cold_temperature = {self.tc!r}",
                 f"hot_rate = {self.gh!r}", f"cold_rate = {self.gc!r}", f'rates = "{self.rates}"']
        if self.drive:
            lines += [f"drive = {self.drive!r}", f"detuning = {self.detuning!r}"]
        if self.down or self.up:
            lines.append(f"load = {{ down = {self.down!r}, up = {self.up!r} }}")
        return "\n".join(lines) + "\n"


SET_A = dict(wh=10.0, w0=1.0, th=10.0, tc=5.0)
SET_B = dict(wh=10.0, w0=6.0, th=10.0, tc=5.0, gh=1.0, gc=0.5)
