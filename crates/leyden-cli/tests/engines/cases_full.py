"""Scenarios of the full model."""
from functools import cache, partial

import numpy as np

from cells import Charging, Counts, Explicit, Letters
from maser import SET_A, SET_B, Maser

A, B = Maser(**SET_A), Maser(**SET_B)
A_BALANCE = Maser(**SET_A, rates="detailed-balance")
MASERS = {"a": A, "b": B, "balance": A_BALANCE}


@cache
def charging(maser, n, g, omega, engines, excited):
    if n <= 5:
        model = (Explicit if n <= 3 else Letters)(MASERS[maser], n, g, omega, engines, excited)
    else:
        model = Counts(MASERS[maser], n, g, omega)
    run = Charging(model)
    state = run.limit()
    limit = model.battery(model.functionals["battery"] @ state)
    # The limit is the product of open engines and the ladder p_n ~ x^n: an independent check of both.
    x = (lambda r: r[1, 1] / r[0, 0])(MASERS[maser].steady(load=False).real)
    p = x ** np.arange(n + 1)
    assert abs(limit["energy"] - omega * (p / p.sum()) @ np.arange(n + 1)) < 1e-10, (limit, n)
    if n in (2, 3) or (n == 4 and engines == "steady"):        # another formulation
        other = Letters(MASERS[maser], n, g, omega, engines, excited) if n < 4 else Counts(MASERS[maser], n, g, omega)
        other = Charging(other)
        for t in (3.0, 17.0):
            one, two = run.model.battery(run.flow.at(t, "battery")), other.model.battery(other.flow.at(t, "battery"))
            assert max(abs(one[k] - two[k]) for k in one) < 1e-11
            assert abs(run.flow.integral(t, "heat") - other.flow.integral(t, "heat")) < 1e-10
    return run, limit


def full(maser, n, g, times, omega=None, engines="steady", excited=False, fraction=0.99):
    engine = MASERS[maser]
    omega = engine.w0 if omega is None else omega
    run, limit = charging(maser, n, g, omega, engines, excited)
    expect = run.figures(times)
    expect["asymptote.energy"] = float(limit["energy"])
    expect["asymptote.ergotropy.global"] = float(limit["ergotropy.global"])
    steady = np.diag(engine.steady(load=False)).real
    expect["engine.ratio"] = float(steady[1] / steady[0])
    expect["engine.gamma_e"] = float(engine.effective_rates(g, omega - engine.w0)[0])
    if not excited:
        tau, later = run.time(limit["energy"], fraction)
        expect["charging.time"] = tau
        expect["charging.average_power"] = fraction * (limit["energy"] - run.start) / tau
        value, when = run.flow.maximum("energy", 1, 2 * tau)
        expect["charging.peak_power.value"], expect["charging.peak_power.time"] = value, when
        if n > 1:
            one, single = charging(maser, 1, g, omega, engines, excited)
            tau_one, _ = one.time(single["energy"], fraction)
            expect["charging.enhancement"] = limit["energy"] / tau / (n * single["energy"] / tau_one)
        if later:
            print(f"  crossed again at {later}", flush=True)
    expect = {k: v for k, v in expect.items() if v is not None and not (isinstance(v, list) and None in v)}
    scenario = engine.toml() + f"""
[battery]
cells = {n}
frequency = {omega!r}

[coupling]
strength = {g!r}

[charging]
mode = "collective"
model = "full"
fraction = {fraction!r}

[initial]
engine = "{engines}"
battery = "{'excited' if excited else 'ground'}"

[time]
values = {list(times)}

[method]
tolerance = 1e-11
"""
    return scenario, expect, {"default": 1e-9, "charging.time": 1e-8, "charging.peak_power.time": 1e-6}


def individual(maser, n, g, times, engines="steady", fraction=0.99):
    """Every cell with an engine of its own: n copies of one."""
    scenario, one, tolerance = full(maser, 1, g, times, engines=engines, fraction=fraction)
    omega = MASERS[maser].w0
    expect = {k: one[k] for k in ("engine.ratio", "engine.gamma_e", "charging.time", "charging.peak_power.time")}
    for key in ("energy", "power.instantaneous", "charging.heat_hot"):
        expect[key] = [n * x for x in one[key]]
    for key in ("charging.average_power", "charging.peak_power.value", "asymptote.energy"):
        expect[key] = n * one[key]
    if "charging.efficiency" in one:
        expect["charging.efficiency"] = one["charging.efficiency"]
    cells = [np.array([1 - e / omega, e / omega]) for e in one["energy"]]
    levels = np.sort([bin(i).count("1") for i in range(2 ** n)])
    product = []
    for p in cells:
        state = np.ones(1)
        for _ in range(n):
            state = np.kron(state, p)
        product.append(state)
    expect["ergotropy.global"] = [e - omega * float(np.sort(s)[::-1] @ levels) for e, s in zip(expect["energy"], product)]
    expect["fluctuation"] = [omega * float(np.sqrt(n * p[0] * p[1])) for p in cells]
    expect["purity"] = [float(s @ s) for s in product]
    scenario = scenario.replace("cells = 1\n", f"cells = {n}\n").replace('"collective"', '"individual"')
    return scenario, expect, tolerance


CASES = {
    "full-1-weak": partial(full, "a", 1, 0.05, [0.0, 20.0, 100.0, 400.0]),
    "full-1-ground": partial(full, "a", 1, 0.3, [1.0, 5.0, 20.0, 60.0], engines="ground"),
    "full-1-strong": partial(full, "a", 1, 0.8, [0.5, 2.0, 5.0, 15.0, 50.0]),
    "full-1-strong-ground": partial(full, "a", 1, 0.8, [0.0, 1.0, 3.0, 10.0, 40.0], engines="ground"),
    "full-1-excited": partial(full, "a", 1, 0.3, [1.0, 5.0, 20.0], excited=True),
    "full-1-detuned-up": partial(full, "a", 1, 0.2, [2.0, 10.0, 50.0], omega=1.3),
    "full-1-detuned-down": partial(full, "a", 1, 0.3, [2.0, 10.0, 50.0], omega=0.8, engines="ground"),
    "full-1-refrigerator": partial(full, "b", 1, 0.2, [2.0, 10.0, 50.0]),
    "full-1-balance": partial(full, "balance", 1, 0.2, [2.0, 10.0, 50.0]),
    "full-2-weak": partial(full, "a", 2, 0.1, [0.0, 5.0, 20.0, 100.0]),
    "full-2-ground": partial(full, "a", 2, 0.3, [1.0, 5.0, 20.0, 60.0], engines="ground"),
    "full-2-strong": partial(full, "a", 2, 0.8, [0.5, 2.0, 5.0, 15.0, 50.0]),
    "full-2-excited-ground": partial(full, "a", 2, 0.3, [1.0, 5.0, 20.0], engines="ground", excited=True),
    "full-2-detuned": partial(full, "a", 2, 0.2, [2.0, 10.0, 50.0], omega=1.3),
    "full-2-refrigerator": partial(full, "b", 2, 0.2, [2.0, 10.0, 50.0], engines="ground"),
    "full-2-balance": partial(full, "balance", 2, 0.3, [2.0, 10.0, 50.0], engines="ground", fraction=0.9),
    "full-3-weak": partial(full, "a", 3, 0.05, [10.0, 50.0, 200.0]),
    "full-3": partial(full, "a", 3, 0.3, [1.0, 5.0, 20.0, 60.0]),
    "full-3-strong-ground": partial(full, "a", 3, 0.8, [0.5, 2.0, 5.0, 15.0, 50.0], engines="ground"),
    "full-3-excited": partial(full, "a", 3, 0.3, [1.0, 5.0, 20.0], excited=True),
    "full-4": partial(full, "a", 4, 0.1, [5.0, 20.0, 60.0, 150.0]),
    "full-4-ground": partial(full, "a", 4, 0.3, [1.0, 5.0, 20.0, 60.0], engines="ground", fraction=0.9),
    "full-5": partial(full, "a", 5, 0.1, [5.0, 20.0, 60.0, 150.0]),
    "full-5-strong": partial(full, "a", 5, 0.5, [1.0, 5.0, 20.0]),
    "full-8": partial(full, "a", 8, 0.1, [5.0, 20.0, 60.0]),
    "full-8-strong": partial(full, "a", 8, 0.3, [1.0, 5.0, 20.0]),
    "full-individual-4": partial(individual, "a", 4, 0.3, [1.0, 5.0, 20.0, 60.0]),
    "full-individual-3-ground": partial(individual, "a", 3, 0.5, [1.0, 5.0, 20.0, 60.0], engines="ground"),
}
