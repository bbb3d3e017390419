"""The energy ledger by brute force: state and flows integrated together in the full tensor-product space, in the laboratory frame.

    H(t) = omega_C n_C + sum_i omega_i n_i + V + F(c e^{i omega_d t} + h.c.),  V = sum_i g_i (c^dag b_i + h.c.) or g_i (c + c^dag)(b_i + b_i^dag)
    d rho/dt = -i[H, rho] + sum_k r_k D[L_k] rho
    drive work  int Tr[dH/dt rho] dt,   channel k  int r_k Tr[H(t) D[L_k] rho] dt,   its bare part with H_C + H_B

No rotating frame, no symmetry, no identity between flows: the sixteen or so further components stand beside the numbers of rho in one
Runge-Kutta run (DOP853, relative tolerance 1e-12). Oscillators are cut far above what is occupied.

Run:  pip install numpy==2.4.6 scipy==1.17.1, then  python ledger.py
Writes ledger.json beside itself.
"""
import json
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp


def lowering(levels, oscillator=False):
    n = np.arange(1, levels)
    return np.diag(np.sqrt(n if oscillator else n * (levels - n)), 1).astype(complex)


def on(operators):
    full = np.eye(1, dtype=complex)
    for operator in operators:
        full = np.kron(full, operator)
    return full


def dissipator(l, rho):
    g = l.conj().T @ l
    return l @ rho @ l.conj().T - 0.5 * (g @ rho + rho @ g)


def run(rho, h, dh, energies, channels, bare, end):
    """energies: name -> function of t; channels: name -> list of (rate, L)."""
    n = rho.shape[0]
    names = list(channels)

    def rates(t, y):
        state = y[: n * n].reshape(n, n)
        ham = h(t)
        d = -1j * (ham @ state - state @ ham)
        flows = [np.trace(dh(t) @ state).real]
        for name in names:
            part = sum(r * dissipator(l, state) for r, l in channels[name])
            d = d + part
            flows += [np.trace(ham @ part).real, np.trace(bare @ part).real]
        return np.concatenate([d.ravel(), flows])

    y0 = np.concatenate([rho.astype(complex).ravel(), np.zeros(1 + 2 * len(names))])
    y = solve_ivp(rates, (0, end), y0, method="DOP853", rtol=1e-12, atol=1e-14).y[:, -1]
    state, flows = y[: n * n].reshape(n, n), y[n * n :].real
    found = {name: np.trace(e(end) @ state).real for name, e in energies.items()}
    found["drive_work"] = flows[0]
    for k, name in enumerate(names):
        found[name], found[name + ".bare"] = flows[1 + 2 * k], flows[2 + 2 * k]
    start = sum(np.trace(e(0) @ rho).real for e in energies.values())
    total = sum(found[name] for name in energies) - start
    print(f"residual {total - flows[0] - sum(flows[1::2]):.1e}")
    return found


def charger_battery(levels, oscillators, omega, omegas, g, dipole, drive, noise, start, end):
    """levels of charger and cells; noise: (dephasing, relaxation, occupation) of charger and of cells; start: kets."""
    eye = [np.eye(d) for d in levels]
    site = lambda k, o: on([o if i == k else e for i, e in enumerate(eye)])
    low = [site(k, lowering(d, oscillators[k])) for k, d in enumerate(levels)]
    num = [site(k, np.diag(np.arange(d)).astype(complex)) for k, d in enumerate(levels)]
    c = low[0]
    dag = lambda o: o.conj().T
    h_c, h_b = omega * num[0], sum(w * n for w, n in zip(omegas, num[1:]))
    v = 0 * h_c
    for gi, b in zip(g, low[1:]):
        v = v + gi * ((c + dag(c)) @ (b + dag(b)) if dipole else dag(c) @ b + dag(b) @ c)
    f, w = drive
    h_d = lambda t: f * (c * np.exp(1j * w * t) + dag(c) * np.exp(-1j * w * t))
    dh = lambda t: 1j * w * f * (c * np.exp(1j * w * t) - dag(c) * np.exp(-1j * w * t))
    channels = {}
    for name, part, (gamma, k, nbar) in [("charger", [0], noise[0]), ("battery", range(1, len(levels)), noise[1])]:
        if gamma:
            channels[name + ".dephasing"] = [(gamma, num[i]) for i in part]
        if k:
            pairs = [(k * (nbar + 1), low[i]) for i in part] + [(k * nbar, dag(low[i])) for i in part]
            channels[name + ".relaxation"] = pairs
    psi = on([np.array(s, dtype=complex).reshape(-1, 1) for s in start])
    rho = psi @ psi.conj().T
    energies = {"charger": lambda t: h_c, "battery": lambda t: h_b, "coupling": lambda t: v, "drive": h_d}
    return run(rho, lambda t: h_c + h_b + v + h_d(t), dh, energies, channels, h_c + h_b, end)


def ground(levels):
    return [1.0] + [0.0] * (levels - 1)


def coherent(alpha, levels):
    psi = [np.exp(-alpha**2 / 2)]
    for n in range(1, levels):
        psi.append(psi[-1] * alpha / np.sqrt(n))
    return psi


def squeezed(r, levels):
    psi = [0.0] * levels
    psi[0] = 1 / np.sqrt(np.cosh(r))
    for n in range(2, levels, 2):
        psi[n] = -psi[n - 2] * np.tanh(r) * np.sqrt((n - 1) / n)
    return psi


quiet = (0, 0, 0)
two = [ground(2)] * 2
found = {
    "detuned pair": charger_battery([2, 2], [0, 0], 1.2, [0.9], [0.7], False, (0.5, 1.0), [(0.8, 0, 0), quiet], two, 3.0),
    "driven dipole": charger_battery([2, 2], [0, 0], 1.2, [0.9], [0.7], True, (0.5, 1.0), [(0.3, 0.2, 0.4), quiet], two, 2.0),
    "closed driven dipole": charger_battery([2, 2], [0, 0], 1.2, [0.9], [0.7], True, (0.5, 1.0), [quiet, quiet], two, 2.0),
    "unequal cells": charger_battery(
        [2] * 4, [0] * 4, 1.0, [1.0, 1.1, 0.8], [0.5, 0.7, 0.6], False, (0.4, 1.0),
        [(0.4, 0.1, 0.2), (0.2, 0.3, 0.5)], [ground(2)] * 4, 2.0),
    "local noise": charger_battery(
        [2] * 4, [0] * 4, 1.3, [1.0] * 3, [1.0] * 3, False, (0.4, 1.0), [quiet, (0.2, 0.3, 0.5)], [ground(2)] * 4, 2.0),
    "qudits": charger_battery(
        [2, 4, 4], [0] * 3, 1.2, [1.0] * 2, [1.0] * 2, False, (0.4, 1.0), [(0.7, 0, 0), quiet], [ground(2), ground(4), ground(4)], 2.0),
    "moments": charger_battery(
        [10, 10], [1, 1], 1.0, [1.1], [1.0], False, (0.2, 1.0), [(0.5, 0.3, 0.0), quiet], [ground(10)] * 2, 2.0),
    "Gaussian dipole": charger_battery(
        [12, 12], [1, 1], 1.1, [0.9], [0.1], True, (0.1, 1.0), [(0, 0.3, 0.0), (0, 0.1, 0.0)],
        [coherent(0.3, 12), squeezed(0.1, 12)], 2.0),
}

# Two qubits of which the first is the battery, as text: H_B = n(1), charging = 0.3 X X + pulse(t) X(2) + 0.4 sin(2 t) Z(2) X(1)
x, z = np.array([[0, 1], [1, 0]], dtype=complex), np.array([[-1, 0], [0, 1]], dtype=complex)
low = lowering(2)
h_b = on([np.diag([0, 1]).astype(complex), np.eye(2)])
a, b, c = on([x, x]), on([np.eye(2), x]), on([x, z])
pulse = lambda t: np.exp(-((t - 1.0) ** 2) / (2 * 0.5**2))
charging = lambda t: 0.3 * a + pulse(t) * b + 0.4 * np.sin(2 * t) * c
dh = lambda t: -(t - 1.0) / 0.5**2 * pulse(t) * b + 0.8 * np.cos(2 * t) * c
channels = {
    "channel.1": [(0.2, on([low, np.eye(2)])), (0.2, on([np.eye(2), low]))],
    "channel.2": [(0.1, on([np.eye(2), z]))],
}
psi = on([np.array(ground(2)).reshape(-1, 1)] * 2)
energies = {"battery": lambda t: h_b, "charging": charging}
found["parts"] = run(psi @ psi.T, lambda t: h_b + charging(t), dh, energies, channels, h_b, 2.0)

path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(found, indent=1) + "\n")
