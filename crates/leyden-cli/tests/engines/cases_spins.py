"""Scenarios of the NMR star."""
from functools import partial
from math import comb

import numpy as np
import scipy.linalg as la

from flow import Flow
from spins import Star
from stages import run, toml_stages


def figures(p, power):
    e = float(np.real(p))
    return {"energy": e, "ergotropy.global": max(0.0, 2 * e - 1), "fluctuation": float(np.sqrt(max(e * (1 - e), 0.0))),
            "purity": e ** 2 + (1 - e) ** 2, "power.instantaneous": float(np.real(power))}


def append(expect, one):
    for key, value in one.items():
        expect.setdefault(key, []).append(value)


def plain(times, *args, correlations="dropped", **keys):
    """Evolution over [time]: unitary, or with relaxation where correlations are kept."""
    star = Star(*args, **keys)
    expect = {}
    if correlations == "dropped":
        for t in times:
            append(expect, figures(*star.evolved(star.p, star.q, t)))
    else:
        size = star.qubits.size
        energy = np.zeros(size * size)
        energy[:: size + 1] = star.n_b
        flow = Flow(star.generator(), star.start(), {"energy": energy})
        for t in times:
            append(expect, figures(flow.at(t, "energy"), flow.at(t, "energy", 1)))
        if not star.channels():
            for t, e in zip(times, expect["energy"]):
                assert abs(e - star.evolved(star.p, star.q, t)[0].real) < 1e-12
    scenario = star.toml(correlations) + f"[time]\nvalues = {list(times)}\n"
    return scenario, expect, {"default": 1e-9, "fluctuation": 1e-8}


def kept(stages, repeat, *args, **keys):
    """Cycles with the joint density matrix."""
    star = Star(*args, **keys)
    system, maps, text = star.qubits, [], []
    for stage in stages:
        kind = stage["kind"]
        if kind in ("evolve", "wait"):
            duration = stage["duration"]
            if duration == "optimal":
                duration = star.first_maximum(star.q)
            l = star.generator() if kind == "evolve" else star.wait_generator()
            maps.append(("map", la.expm(l.toarray() * duration)))
        elif kind == "reset":
            maps.append(("map", system.reset(stage["target"], stage["excitation"])))
        else:
            maps.append(("map", system.pulse(stage["target"], stage["angle"])))
    expect = run(system, star.start(), maps, repeat, limits=star.n <= 3)
    return star.toml("kept") + toml_stages(stages, repeat), expect, {"default": 1e-9, "cycles.rate": 1e-7}


def dropped(stages, repeat, *args, affine=True, limits=True, **keys):
    """Cycles of (p, c): every evolve starts from the product of present populations."""
    star = Star(*args, **keys)
    best = star.first_maximum(star.q)
    relax = lambda x, r, t: x if r is None else r[1] + (x - r[1]) * np.exp(-t / r[0])

    def stage_of(state, stage):
        p, c = state
        kind = stage["kind"]
        if kind == "evolve":
            return star.dropped_evolve(p, c, best if stage["duration"] == "optimal" else stage["duration"])
        if kind == "wait":
            return relax(p, star.battery, stage["duration"]), relax(c, star.charger, stage["duration"])
        if kind == "reset":
            return (stage["excitation"], c) if stage["target"] == "battery" else (p, stage["excitation"])
        turned = lambda x: x + (1 - 2 * x) * np.sin(stage["angle"] / 2) ** 2
        return (turned(p), c) if stage["target"] == "battery" else (p, turned(c))

    def cycle(state):
        for stage in stages:
            state = stage_of(state, stage)
        return state

    state, expect = (star.p, star.q), {}
    for _ in range(repeat):
        for i, stage in enumerate(stages):
            state = stage_of(state, stage)
            append(expect, {f"cycles.stages.{i}.energy": float(np.real(state[0]))})
        e = float(np.real(state[0]))
        append(expect, {"cycles.energy": e, "cycles.ergotropy": max(0.0, 2 * e - 1)})
    if limits:
        for _ in range(2000):
            state, before = cycle(state), state
            if max(abs(np.subtract(state, before))) < 2e-16:
                break
        expect["cycles.fixed_point"] = float(np.real(state[0]))
        small = 1e-30j          # complex step: every stage is analytic in (p, c)
        base = np.real(state)
        jacobian = np.array([np.imag(cycle(base + small * np.eye(2)[i])) / small.imag for i in (0, 1)]).T
        multiplier = np.abs(la.eigvals(jacobian)).max()
        if multiplier > 1e-12:          # else one cycle is enough: infinite
            expect["cycles.rate"] = float(-np.log(multiplier))
        kinds = [s["kind"] for s in stages]
        if kinds == ["reset", "evolve", "wait"] and stages[0]["target"] == "charger":
            closed_form(star, stages, best, expect)
    return star.toml("dropped") + toml_stages(stages, repeat), expect, {"default": 1e-9, "cycles.rate": 1e-8}


def closed_form(star, stages, best, expect):
    """p* = [r q (1 - lam) + b (1 - r)]/(1 - r lam), lam = 1 - U/q, U over total spins."""
    q, n, j = stages[0]["excitation"], star.n, star.j
    t = best if stages[1]["duration"] == "optimal" else stages[1]["duration"]
    u = 0.0
    for twice in range(n % 2, n + 1, 2):
        s, d = twice / 2, comb(n, (n - twice) // 2) - (comb(n, (n - twice) // 2 - 1) if n > twice else 0)
        for k in range(twice + 1):
            m = k - s
            angle = j * t / 2 * np.sqrt((s + m) * (s - m + 1))
            u += d * q ** (n / 2 + m) * (1 - q) ** (n / 2 - m) * np.sin(angle) ** 2
    lam, (t1, b) = 1 - u / q, star.battery[:2]
    r = np.exp(-stages[2]["duration"] / t1)
    assert abs((r * q * (1 - lam) + b * (1 - r)) / (1 - r * lam) - expect["cycles.fixed_point"]) < 1e-12
    assert abs(abs(r * lam) - np.exp(-expect.get("cycles.rate", np.inf))) < 1e-12


def cycle(q, evolve, wait):
    return [dict(kind="reset", target="charger", excitation=q), dict(kind="evolve", duration=evolve), dict(kind="wait", duration=wait)]


def pi_pulse(evolve, wait):
    return [dict(kind="pulse", target="charger", angle=np.pi), dict(kind="evolve", duration=evolve), dict(kind="wait", duration=wait)]


TIMES = [0.0, 0.3, 1.0, 2.5, 7.0]
RELAXED = dict(charger=(3.3, 0.3), battery=(20.0, 0.2))
WITH_T2 = dict(charger=(3.3, 0.3, 2.0), battery=(20.0, 0.2, 9.0))
CASES = {
    "nmr-plain-1": partial(plain, TIMES, 1, 1.3, 1.0),
    "nmr-plain-3": partial(plain, TIMES, 3, 1.3, 1.0),
    "nmr-plain-4-mixed": partial(plain, TIMES, 4, 0.7, 0.6, p=0.15),
    "nmr-plain-5-mixed": partial(plain, TIMES, 5, 2.0, 0.8),
    "nmr-plain-7-mixed": partial(plain, TIMES, 7, 1.0, 0.35, p=0.9),
    "nmr-kept-plain-1": partial(plain, TIMES, 1, 1.3, 1.0, correlations="kept", **RELAXED),
    "nmr-kept-plain-2-t2": partial(plain, TIMES, 2, 1.3, 0.9, p=0.1, correlations="kept", **WITH_T2),
    "nmr-kept-plain-3": partial(plain, TIMES, 3, 1.3, 1.0, correlations="kept", **RELAXED),
    "nmr-kept-plain-4-t2": partial(plain, TIMES, 4, 0.9, 0.7, correlations="kept", **WITH_T2),
    "nmr-kept-plain-5": partial(plain, TIMES, 5, 1.0, 0.8, p=0.2, correlations="kept", **RELAXED),
    "nmr-kept-plain-4-unrelaxed": partial(plain, TIMES, 4, 1.1, 0.7, correlations="kept"),
    "nmr-reset-1": partial(dropped, cycle(1.0, 0.8, 1.5), 12, 1, 1.3, 1.0, **RELAXED),
    "nmr-reset-3": partial(dropped, cycle(0.9, 0.5, 2.0), 15, 3, 1.3, 0.9, p=0.05, **RELAXED),
    "nmr-reset-4-optimal": partial(dropped, cycle(0.8, "optimal", 3.0), 15, 4, 1.3, 0.8, **RELAXED),
    "nmr-reset-5-optimal-pure": partial(dropped, cycle(1.0, "optimal", 3.0), 10, 5, 0.7, 1.0, **RELAXED),
    "nmr-reset-5-short": partial(dropped, cycle(0.6, 0.2, 0.5), 20, 5, 0.7, 0.6, **RELAXED),
    "nmr-pulse-2": partial(dropped, pi_pulse(0.6, 2.0), 10, 2, 1.3, 0.3, p=0.2, limits=False, **RELAXED),
    "nmr-pulse-5": partial(dropped, pi_pulse(0.5, 4.0), 12, 5, 1.0, 0.3, p=0.2, limits=False, **RELAXED),
    "nmr-pulse-4-limit": partial(dropped, pi_pulse(0.7, 3.0), 12, 4, 1.0, 0.3, p=0.2, **RELAXED),
    "nmr-kept-reset-1": partial(kept, cycle(1.0, 0.8, 1.5), 12, 1, 1.3, 1.0, **RELAXED),
    "nmr-kept-reset-2-t2": partial(kept, cycle(0.9, 0.6, 1.5), 12, 2, 1.3, 0.9, p=0.05, **WITH_T2),
    "nmr-kept-reset-3": partial(kept, cycle(0.9, 0.5, 2.0), 12, 3, 1.3, 0.9, **RELAXED),
    "nmr-kept-reset-4": partial(kept, cycle(0.7, 0.5, 2.0), 8, 4, 1.0, 0.7, **RELAXED),
    "nmr-kept-pulse-2": partial(kept, pi_pulse(0.6, 2.0), 12, 2, 1.3, 0.3, p=0.2, **RELAXED),
    "nmr-kept-pulse-3-t2": partial(kept, pi_pulse(0.5, 3.0), 12, 3, 1.0, 0.3, p=0.2, **WITH_T2),
    "nmr-kept-no-reset-3": partial(kept, [dict(kind="evolve", duration=0.9), dict(kind="wait", duration=0.7)], 10, 3, 1.3, 1.0, **RELAXED),
}
