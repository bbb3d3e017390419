"""Expected results of every scenario beside this file, by brute force.

    d rho/dt = -i[H, rho] + sum_k (rate_k/2) (2 L_k rho L_k^dag - {L_k^dag L_k, rho})

exchange:  H = Delta_C n_C + sum_i Delta_i n_i + sum_i g_i (c^dag b_i + h.c.) + F (c + c^dag)
           rotating at omega_d with a drive, at omega_B (first cell) without one; Delta_X = omega_X - frame
dipole:    H = omega_C n_C + sum_i omega_i n_i + sum_i g_i (c + c^dag)(b_i + b_i^dag) + F (c e^{i omega_d t} + h.c.)
E_B = Tr[rho_B H_B], H_B = sum_i omega_i n_i in the lab frame. The initial state is that of t = 0.

Full tensor-product space, no symmetry used. Static generators: mpmath exponential (dimension 4), dense exponential
(dimension <= 32), else DOP853; each result is compared with a second method (DOP853, or the sparse exponential
action). Driven dipole: DOP853 at two tolerances. Oscillator cutoffs grow until nothing changes.

Run:  pip install numpy==2.4.6 scipy==1.17.1 mpmath==1.4.1   then  python make_goldens.py [NAME ...]
      pip install qutip==5.3.1                               then  python make_goldens.py --qutip  (compares, writes nothing)

Ergotropies, all from sorted spectra: global (rho_B against H_B), collective (both restricted to the permutation-symmetric
subspace; null unless cells are equal and the state stays inside; `ladder` for qudits: restricted to the spin-N(d-1)/2
ladder instead), local (sum over the cells' reduced states), incoherent (global, after dephasing by the energy
projectors of H_B), coherent = global - incoherent. asymptote: projection of the initial state on the null space of the
generator; left out where it has no limit, and for oscillators.
"""
import itertools
import json
import sys
import tomllib
from pathlib import Path

import mpmath
import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from scipy.integrate import solve_ivp
from scipy.sparse.linalg import expm_multiply
from scipy.special import gammaln

HERE = Path(__file__).parent
TOLERANCE = 1e-9
AGREE = 1e-10


# ---------------------------------------------------------------- scenario

class System:
    """Operators of one scenario at one oscillator cutoff."""

    def __init__(self, text, cutoff):
        s = tomllib.loads(text)
        charger, battery, coupling = s["charger"], s["battery"], s["coupling"]
        drive, initial = s.get("drive"), s.get("initial", {})
        self.cells = battery.get("cells", 1)
        self.kinds = [charger["kind"]] + [battery["kind"]] * self.cells
        levels = {"qubit": 2, "oscillator": cutoff, "qudit": battery.get("levels", 0)}
        self.dims = [levels[k] for k in self.kinds]
        if self.kinds == ["oscillator"] * 2 and drive and drive["amplitude"] >= 0.5:
            # A driven battery reaches twice the charger's amplitude.
            self.dims[0] = cutoff // 2 + 2
        self.dim, self.battery_dims = int(np.prod(self.dims)), self.dims[1:]
        self.has_oscillator = "oscillator" in self.kinds

        # frequencies
        if "detuning" in battery:
            omega_d = drive["frequency"]
            omega = [omega_d + battery["detuning"]] * self.cells
        else:
            omega = as_list(battery.get("frequency", 1.0), self.cells)
            omega_d = drive.get("frequency", omega[0]) if drive else None
        omega_c = omega[0] + charger["detuning"] if "detuning" in charger else charger.get("frequency", omega[0])
        self.omega = omega
        g = as_list(coupling.get("strength", 1.0), self.cells)
        if coupling.get("scaling", "none") == "inverse-sqrt-cells":
            g = [x / np.sqrt(self.cells) for x in g]
        amplitude = drive["amplitude"] if drive else 0.0

        # operators
        lower = [self.embed(i, lowering(k, d)) for i, (k, d) in enumerate(zip(self.kinds, self.dims))]
        number = [self.embed(i, np.diag(np.arange(d, dtype=float))) for i, d in enumerate(self.dims)]
        c, raising = lower[0], [x.T for x in lower]
        self.h_drive = None
        if coupling.get("form", "exchange") == "exchange":
            frame = omega_d if drive else omega[0]
            h = (omega_c - frame) * number[0] + amplitude * (c + c.T)
            for i in range(self.cells):
                h = h + (omega[i] - frame) * number[i + 1] + g[i] * (c.T @ lower[i + 1] + raising[i + 1] @ c)
        else:
            h = omega_c * number[0]
            for i in range(self.cells):
                h = h + omega[i] * number[i + 1] + g[i] * (c + c.T) @ (lower[i + 1] + raising[i + 1])
            if drive:
                self.h_drive = lambda t: amplitude * (np.exp(1j * omega_d * t) * c + np.exp(-1j * omega_d * t) * c.T)
        self.h = sp.csr_array(h)
        self.h_battery = sp.csr_array(sum(w * n for w, n in zip(omega, number[1:])))

        # channels (rate, L)
        self.channels = []
        self.add_noise(charger, [0], lower, number)
        self.equal = len(set(omega)) == 1 and len(set(g)) == 1
        if battery.get("noise", "local") == "collective":
            self.add_noise(battery, [0], [sum(lower[1:])], [sum(number[1:])])
        else:
            self.add_noise(battery, range(1, self.cells + 1), lower, number)

        # initial state
        rho_c = start(initial.get("charger", "ground"), self.kinds[0], self.dims[0])
        self.rho0 = np.kron(rho_c, self.battery_start(initial.get("battery", "ground"))).astype(complex)

        time = s["time"]
        if "values" in time:
            self.times = np.array(time["values"], dtype=float)
        else:
            space = np.geomspace if time.get("spacing", "linear") == "log" else np.linspace
            self.times = space(time.get("start", 0.0), time["end"], time["points"])

    def embed(self, site, small):
        out = sp.eye_array(1, format="csr")
        for i, d in enumerate(self.dims):
            out = sp.kron(out, sp.csr_array(small) if i == site else sp.eye_array(d), format="csr")
        return out

    def add_noise(self, table, sites, lower, number):
        k, n = table.get("relaxation", 0.0), table.get("thermal_occupation", 0.0)
        for i in sites:
            for rate, l in ((table.get("dephasing", 0.0), number[i]), (k * (n + 1), lower[i]), (k * n, lower[i].T)):
                if rate > 0.0:
                    self.channels.append((rate, sp.csr_array(l)))

    def battery_start(self, what):
        kind, d = self.kinds[1], self.dims[1]
        if isinstance(what, dict) and "fock" in what and self.cells > 1:
            total = 0
            for i in range(self.cells):
                total = total + kron_all([lowering(kind, d).T if j == i else np.eye(d) for j in range(self.cells)])
            ket = np.zeros(d ** self.cells)
            ket[0] = 1.0
            for _ in range(what["fock"]):
                ket = total @ ket
                ket /= la.norm(ket)
            return np.outer(ket, ket)
        return kron_all([start(what, kind, d)] * self.cells)

    def rhs(self, t, rho):
        h = self.h if self.h_drive is None else self.h + self.h_drive(t)
        out = -1j * (h @ rho - (h.conj().T @ rho.conj().T).conj().T)
        for rate, l in self.channels:
            ldl = l.T @ l
            out += rate * (l @ (l @ rho.T).T - 0.5 * (ldl @ rho) - 0.5 * (ldl.T @ rho.T).T)
        return out

    def generator(self):
        """The static generator on rho read row by row: A rho B -> A kron B^T."""
        eye = sp.eye_array(self.dim)
        out = -1j * (sp.kron(self.h, eye) - sp.kron(eye, self.h.T))
        for rate, l in self.channels:
            ldl = l.T @ l
            out = out + rate * (sp.kron(l, l) - 0.5 * sp.kron(ldl, eye) - 0.5 * sp.kron(eye, ldl.T))
        return sp.csr_array(out)


def as_list(x, n):
    return [float(v) for v in x] if isinstance(x, list) else [float(x)] * n


def kron_all(factors):
    out = np.eye(1)
    for f in factors:
        out = np.kron(out, f)
    return out


def lowering(kind, d):
    m = np.arange(1, d)
    return np.diag(np.sqrt(m if kind == "oscillator" else m * (d - m)), 1)


def start(what, kind, d):
    """Density matrix of one subsystem."""
    if what == "ground":
        what = {"fock": 0}
    if what == "excited":
        what = {"fock": 1 if kind == "oscillator" else d - 1}
    (name, value), = what.items()
    n = np.arange(d)
    if name == "fock":
        return np.diag((n == value).astype(float))
    if name == "thermal":
        if kind == "qubit":
            return np.diag([1.0 - value, value])
        assert kind == "oscillator"
        return np.diag((value / (1.0 + value)) ** n / (1.0 + value))
    assert kind == "oscillator"
    if name == "coherent":
        ket = np.exp(-value ** 2 / 2 + n * np.log(abs(value)) - gammaln(n + 1) / 2) * np.sign(value) ** n
    else:
        assert name == "squeezed"
        m = n // 2
        ket = np.exp(m * np.log(np.tanh(abs(value))) + gammaln(n + 1) / 2 - m * np.log(2.0) - gammaln(m + 1))
        ket *= np.where(n % 2 == 0, (-np.sign(value)) ** m, 0.0) / np.sqrt(np.cosh(value))
    return np.outer(ket, ket)


# --------------------------------------------------------------- evolution

def by_dop853(system, rtol=1e-12, atol=1e-14):
    rho, t, out = system.rho0, 0.0, []
    for time in system.times:
        if time > t:
            run = solve_ivp(lambda s, y: system.rhs(s, y.reshape(rho.shape)).ravel(), (t, time), rho.ravel(),
                            method="DOP853", rtol=rtol, atol=atol)
            assert run.success
            rho, t = run.y[:, -1].reshape(rho.shape), time
        out.append(rho)
    return out


def by_mpmath(system):
    mpmath.mp.dps = 60
    g, v = mpmath.matrix(system.generator().toarray().tolist()), mpmath.matrix(system.rho0.ravel().tolist())
    out = []
    for t in system.times:
        w = mpmath.expm(g * mpmath.mpf(float(t)), method="taylor") * v
        out.append(np.array([complex(x) for x in w]).reshape(system.rho0.shape))
    return out


def by_dense_exponential(system):
    g, v, t, out, last, step = system.generator().toarray(), system.rho0.ravel(), 0.0, [], None, None
    for time in system.times:
        if time > t:
            if last is None or abs(time - t - last) > 1e-13:
                last, step = time - t, la.expm(g * (time - t))
            v, t = step @ v, time
        out.append(v.reshape(system.rho0.shape))
    return out


def by_exponential_action(system):
    g, v, t, out = system.generator(), system.rho0.ravel(), 0.0, []
    for time in system.times:
        if time > t:
            v, t = expm_multiply(g * (time - t), v), time
        out.append(v.reshape(system.rho0.shape))
    return out


def methods(system):
    """The method that is stored and the one it is compared with."""
    if system.h_drive is not None:
        return by_dop853, lambda s: by_dop853(s, 1e-10, 1e-13)
    if system.dim == 4:
        stiff = abs(system.generator()).sum(axis=0).max() * system.times[-1] > 1e5
        return by_mpmath, None if stiff else by_dop853
    return (by_dense_exponential, by_dop853) if system.dim <= 32 else (by_dop853, by_exponential_action)


# --------------------------------------------------------- figures of merit

def energy_minus_passive(rho, levels):
    r = np.sort(la.eigvalsh((rho + rho.conj().T) / 2))[::-1]
    return np.trace(rho @ np.diag(levels)).real - r @ np.sort(levels)


def projection(dims, ladder):
    """Isometry onto the permutation-symmetric subspace, or onto the ladder of the largest spin."""
    columns = []
    if ladder:
        total = sum(kron_all([lowering("qudit", d).T if j == i else np.eye(d) for j, d in enumerate(dims)])
                    for i in range(len(dims)))
        ket = np.eye(int(np.prod(dims)))[0]
        while la.norm(ket) > 1e-9:
            columns.append(ket / la.norm(ket))
            ket = total @ columns[-1]
    else:
        for occupation in itertools.combinations_with_replacement(range(dims[0]), len(dims)):
            ket = np.zeros(int(np.prod(dims)))
            for order in set(itertools.permutations(occupation)):
                ket[np.ravel_multi_index(order, dims)] = 1.0
            columns.append(ket / la.norm(ket))
    return np.array(columns).T


def restricted(rho, levels, iso):
    """Ergotropy inside a subspace, or None when the state is not inside."""
    inside = iso.T @ rho @ iso
    if abs(np.trace(inside) - np.trace(rho)) > 1e-9:
        return None
    energies = np.diag(iso.T @ np.diag(levels) @ iso).copy()
    return energy_minus_passive(inside, energies)


def merits(system, states):
    """All expected fields but the asymptote, from the states and rates of change."""
    dims, n = system.battery_dims, system.cells
    size = int(np.prod(dims))
    indices = np.array(list(np.ndindex(*dims)))
    levels = indices @ np.array(system.omega)
    same = np.abs(levels[:, None] - levels[None, :]) < 1e-9
    out = {k: [] for k in ("energy", "passive", "purity", "fluctuation")}
    ergotropy = {k: [] for k in ("global", "collective", "local", "coherent", "incoherent")}
    qudits = "qudit" in system.kinds and n > 1
    if qudits:
        ergotropy["ladder"] = []
    power = {"instantaneous": [], "average": []}
    energy0 = battery_energy(system, system.rho0)
    for t, full in zip(system.times, states):
        rho = trace_charger(full, system.dims[0], size)
        energy = np.diag(rho).real @ levels
        total = energy_minus_passive(rho, levels)
        incoherent = energy_minus_passive(np.where(same, rho, 0.0), levels)
        local = 0.0
        for i in range(n):
            shape = [int(np.prod(dims[:i])), dims[i], int(np.prod(dims[i + 1:]))]
            cell = np.einsum("aibajb->ij", rho.reshape(shape * 2))
            local += energy_minus_passive(cell, system.omega[i] * np.arange(dims[i]))
        if n == 1:
            collective = total
        else:
            collective = restricted(rho, levels, projection(dims, False)) if system.equal else None
        if qudits:
            ergotropy["ladder"].append(restricted(rho, levels, projection(dims, True)) if system.equal else None)
        variance = np.diag(rho).real @ (levels - energy) ** 2    # no cancellation near eigenstates
        for key, value in (("energy", energy), ("passive", energy - total), ("purity", np.sum(np.abs(rho) ** 2)),
                           ("fluctuation", np.sqrt(max(variance, 0.0)))):
            out[key].append(float(value))
        for key, value in (("global", total), ("collective", collective), ("local", local),
                           ("coherent", total - incoherent), ("incoherent", incoherent)):
            ergotropy[key].append(None if value is None else float(value))
        power["instantaneous"].append(float(battery_energy(system, system.rhs(t, full))))
        power["average"].append(float((energy - energy0) / t) if t > 0 else None)
    for key in ("collective", "ladder"):
        if None in ergotropy.get(key, ()):
            ergotropy[key] = None
    return {"times": system.times.tolist(), "energy": out["energy"], "ergotropy": ergotropy, "passive": out["passive"],
            "purity": out["purity"], "fluctuation": out["fluctuation"], "power": power}


def battery_energy(system, rho):
    return (system.h_battery @ rho).diagonal().sum().real


def trace_charger(rho, charger, battery):
    return np.einsum("aiaj->ij", rho.reshape(charger, battery, charger, battery))


def asymptote(system):
    """Limit of the initial state by the two null spaces of the generator; None without a limit."""
    if system.has_oscillator or system.h_drive is not None or not system.channels or system.dim > 32:
        return None, "left out"
    g = system.generator().toarray()
    values = la.eigvals(g)
    scale = np.abs(values).max()
    for omega in {round(x.imag, 6) for x in values if abs(x.real) < 1e-10 * scale and abs(x.imag) > 1e-6}:
        left = la.svd(g - 1j * omega * np.eye(len(g)))[0][:, -1]
        if abs(left.conj() @ system.rho0.ravel()) > 1e-9:
            return None, f"undamped oscillation at {omega}"
    if system.dim == 4:      # 60 digits: the gap of a strongly dephased pair is small against the norm
        u, s, vh = mpmath.svd_c(mpmath.matrix(g.tolist()))
        kept = [k for k in range(len(s)) if s[k] < mpmath.mpf(10) ** -14 * s[0]]
        left, right = (mpmath.matrix([[m[i, k] for k in kept] for i in range(len(g))]) for m in (u, vh.H))
        limit = right * mpmath.lu_solve(left.H * right, left.H * mpmath.matrix(system.rho0.ravel().tolist()))
        limit = np.array([complex(x) for x in limit])
        s, kept = np.array([float(x) for x in s]), np.isin(np.arange(len(s)), kept)
    else:
        u, s, vh = la.svd(g)
        kept = s < 1e-13 * s[0] * len(s)
        left, right = u[:, kept], vh.conj().T[:, kept]
        limit = right @ np.linalg.solve(left.conj().T @ right, left.conj().T @ system.rho0.ravel())
        assert s[~kept][-1] > 1e-6 * s[0]
    slowest = np.sort(-values.real)[np.count_nonzero(kept)]
    if slowest > 1e-5:
        check = la.expm(g * (40 / slowest)) @ system.rho0.ravel()
        assert np.abs(check - limit).max() < 1e-7
    limit = limit.reshape(system.rho0.shape)
    one = merits(single_time(system), [limit])
    result = {"energy": one["energy"][0], "ergotropy": {k: one["ergotropy"][k][0] for k in ("global", "local")}}
    return result, f"{np.count_nonzero(kept)} conserved, slowest {slowest:.3e}, singular values {s[kept].max():.1e} | {s[~kept].min():.1e}"


def single_time(system):
    system.times = np.array([0.0])
    return system


# -------------------------------------------------------------------- main

def largest_difference(a, b):
    if isinstance(a, dict):
        return max((largest_difference(a[k], b[k]) for k in a), default=0.0)
    if isinstance(a, list):
        return max((largest_difference(x, y) for x, y in zip(a, b, strict=True)), default=0.0)
    assert (a is None) == (b is None)
    return 0.0 if a is None else abs(a - b)


def golden(path):
    text = path.read_text()
    cutoff, previous, report = 12, None, ""
    if text.count('kind = "oscillator"') == 2:
        # What a strong drive needs at least.
        cutoff += 4 * int(4 * tomllib.loads(text)["drive"]["amplitude"])
    while True:
        system = System(text, cutoff)
        stored, other = methods(system)
        states = stored(system)
        result = merits(system, states)
        if not system.has_oscillator:
            break
        change = largest_difference(previous, result) if previous else 1.0
        if change < AGREE / 2:
            report = f"cutoff {cutoff} (change {change:.1e}) "
            break
        previous, cutoff = result, cutoff + 4 if system.dim > 120 else cutoff + 8
    for rho in states:
        assert abs(np.trace(rho) - 1) < 1e-11 and la.eigvalsh(rho)[0] > -1e-11
    if other:
        difference = largest_difference(result, merits(system, other(system)))
        report += f"second method {difference:.1e} "
        assert difference < (5 if other is by_dop853 else 1) * 2 * AGREE, (path.stem, difference)
    if system.has_oscillator:
        result["cutoff"] = cutoff
    result["tolerance"] = TOLERANCE
    limit, why = asymptote(System(text, cutoff))
    if limit:
        result["asymptote"] = limit
    path.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"{path.stem}: dimension {system.dim} {report}| limit: {why}", flush=True)


def check_with_qutip():
    """Three scenarios, written out again by hand for mesolve; prints the largest difference of energy and purity."""
    import qutip as q
    options = {"method": "vern9", "rtol": 1e-12, "atol": 1e-14, "nsteps": 10 ** 7}

    def compare(name, h, rho0, channels, h_battery, sites):
        expected = json.loads((HERE / f"{name}.json").read_text())
        times = expected["times"] if expected["times"][0] == 0 else [0.0] + expected["times"]
        states = q.mesolve(h, rho0, times, channels, options=options).states[-len(expected["times"]):]
        energy = [q.expect(h_battery, x) for x in states]
        purity = [(x.ptrace(sites) ** 2).tr().real for x in states]
        print(name, "energy", np.abs(np.subtract(energy, expected["energy"])).max(),
              "purity", np.abs(np.subtract(purity, expected["purity"])).max())

    read = lambda name: tomllib.loads((HERE / f"{name}.toml").read_text())
    g, e = q.basis(2, 0), q.basis(2, 1)
    low, one = g * e.dag(), q.qeye(2)

    name = "star-3-local-noise"
    s = read(name)
    b, gamma, k = s["battery"], s["charger"]["dephasing"], s["battery"]["relaxation"]
    place = lambda i, x: q.tensor([x if i == j else one for j in range(4)])
    c, cells = place(0, low), [place(i, low) for i in (1, 2, 3)]
    h = sum(s["coupling"]["strength"] * (c.dag() * x + x.dag() * c) for x in cells) + s["drive"]["amplitude"] * (c + c.dag())
    n = b["thermal_occupation"]
    channels = [np.sqrt(gamma) * c.dag() * c]
    for x in cells:
        channels += [np.sqrt(b["dephasing"]) * x.dag() * x, np.sqrt(k * (n + 1)) * x, np.sqrt(k * n) * x.dag()]
    compare(name, h, q.ket2dm(q.tensor(g, g, g, g)), channels, sum(x.dag() * x for x in cells), [1, 2, 3])

    name = "qubit-oscillator-detuned"
    s, levels = read(name), 60
    c, b = q.tensor(low, q.qeye(levels)), q.tensor(one, q.destroy(levels))
    delta_b = s["battery"]["detuning"]
    delta_c = delta_b + s["charger"]["detuning"]
    omega_b = s["drive"]["frequency"] + delta_b
    h = delta_c * c.dag() * c + delta_b * b.dag() * b + s["coupling"]["strength"] * (c.dag() * b + b.dag() * c) \
        + s["drive"]["amplitude"] * (c + c.dag())
    compare(name, h, q.ket2dm(q.tensor(g, q.basis(levels, 0))), [np.sqrt(s["charger"]["dephasing"]) * c.dag() * c],
            omega_b * b.dag() * b, [1])

    name = "dipole-pair-driven"
    s = read(name)
    c, b = q.tensor(low, one), q.tensor(one, low)
    omega_b, omega_d, f = s["battery"]["frequency"], s["drive"]["frequency"], s["drive"]["amplitude"]
    omega_c = omega_b + s["charger"]["detuning"]
    h = q.QobjEvo([omega_c * c.dag() * c + omega_b * b.dag() * b + s["coupling"]["strength"] * (c + c.dag()) * (b + b.dag()),
                   [f * (c + c.dag()), lambda t: np.cos(omega_d * t)], [1j * f * (c - c.dag()), lambda t: np.sin(omega_d * t)]])
    compare(name, h, q.ket2dm(q.tensor(g, g)), [np.sqrt(s["charger"]["dephasing"]) * c.dag() * c], omega_b * b.dag() * b, [1])


if __name__ == "__main__":
    if sys.argv[1:] == ["--qutip"]:
        check_with_qutip()
    else:
        for path in sorted(HERE.glob("*.toml")):
            if not sys.argv[1:] or path.stem in sys.argv[1:]:
                golden(path)
