"""Scenarios of the effective model."""
from functools import cache, partial

import mpmath
import numpy as np
import scipy.linalg as la
from mpmath import mpf

from ladder import Ladder
from maser import SET_A, SET_B, Maser

A, B = Maser(**SET_A), Maser(**SET_B)
TOLERANCE = {"default": 1e-10, "charging.peak_power.time": 1e-6}


@cache
def ladder(n, x, gamma, omega, excited):
    return Ladder(n, x, gamma, omega, excited)


def course(n, x, gamma, omega, times, excited, fraction):
    run = ladder(n, x, gamma, omega, excited)
    expect = {}
    for t in times:
        for key, value in run.figures_of(run.at(t)).items():
            expect.setdefault(key, []).append(float(value))
    limit = run.figures_of(run.limit)
    expect["asymptote.energy"] = float(limit["energy"])
    expect["asymptote.ergotropy.global"] = float(limit["ergotropy.global"])
    if not excited:
        tau = run.time(fraction)
        expect["charging.time"] = float(tau)
        expect["charging.average_power"] = float(mpf(fraction) * limit["energy"] / tau)
        value, when = run.peak_power(2 * tau)
        expect["charging.peak_power.value"], expect["charging.peak_power.time"] = float(value), float(when)
        one = ladder(1, x, gamma, omega, False)
        single = one.figures_of(one.limit)["energy"] / one.time(fraction)
        expect["charging.enhancement"] = float(limit["energy"] / tau / (n * single))
    if n <= 20:        # another method, in floats
        generator = np.array([[float(v) for v in run.derivative([mpf(i == k) for i in range(n + 1)])] for k in range(n + 1)]).T
        p = la.expm(generator * times[-1])[:, n if excited else 0]
        assert abs(float(run.omega) * (p @ np.arange(n + 1)) - expect["energy"][-1]) < 1e-11
    return expect


def tail(n, omega, times, mode, fraction, excited, extra):
    return f"""
[battery]
cells = {n}
frequency = {omega!r}

[charging]
mode = "{mode}"
model = "effective"
fraction = {fraction!r}
{extra}
[initial]
battery = "{'excited' if excited else 'ground'}"

[time]
values = {list(times)}

[method]
tolerance = 1e-12
"""


def collective(n, exponent, gamma, times, omega=1.0, excited=False, fraction=0.99, anchors=None):
    expect = course(n, mpmath.exp(-mpf(exponent)), gamma, omega, times, excited, fraction)
    for key, (position, value, accuracy) in (anchors or {}).items():
        found = expect[key] if position is None else expect[key][position]
        assert abs(found - value) < accuracy, (key, found, value)
    extra = f"effective_rate = {gamma!r}\neffective_exponent = {exponent!r}\n"
    return tail(n, omega, times, "collective", fraction, excited, extra), expect, TOLERANCE


def of_engines(maser, n, g, times, omega=None, fraction=0.99):
    """Gamma_e and x from the engine."""
    omega = maser.w0 if omega is None else omega
    down, up = maser.effective_rates(g, omega - maser.w0)
    expect = course(n, up / down, down, omega, times, False, fraction)
    expect["engine.gamma_e"], expect["engine.ratio"] = down, up / down
    text = tail(n, omega, times, "collective", fraction, False, "").replace("[charging]", f"[coupling]\nstrength = {g!r}\n\n[charging]")
    return maser.toml() + text, expect, TOLERANCE


def individual(n, exponent, gamma, times, omega=1.0, excited=False, fraction=0.99):
    """N independent cells: p' = Gamma (x (1 - p) - p)."""
    mpmath.mp.dps = 30
    x, w = mpmath.exp(-mpf(exponent)), mpf(omega)
    limit, rate, start = x / (1 + x), mpf(gamma) * (1 + x), mpf(excited)
    expect = {}
    for t in times:
        p = limit + (start - limit) * mpmath.exp(-rate * mpf(t))
        figures = {
            "energy": n * w * p, "ergotropy.global": n * w * max(mpf(0), 2 * p - 1), "fluctuation": w * mpmath.sqrt(n * p * (1 - p)),
            "purity": (p ** 2 + (1 - p) ** 2) ** n, "power.instantaneous": n * w * rate * (limit - p),
        }
        for key, value in figures.items():
            expect.setdefault(key, []).append(float(value))
    expect["asymptote.energy"] = float(n * w * limit)
    expect["asymptote.ergotropy.global"] = float(n * w * max(mpf(0), 2 * limit - 1))
    if not excited:
        tau = -mpmath.log(1 - mpf(fraction)) / rate
        expect["charging.time"], expect["charging.average_power"] = float(tau), float(mpf(fraction) * n * w * limit / tau)
    extra = f"effective_rate = {gamma!r}\neffective_exponent = {exponent!r}\n"
    return tail(n, omega, times, "individual", fraction, excited, extra), expect, TOLERANCE


CASES = {
    "ladder-anchor": partial(collective, 10, -0.8, 0.1, [1.0, 2.5, 5.0, 20.0], anchors={
        "energy": (2, 8.8234572890, 1e-9), "fluctuation": (2, 1.6961173977, 1e-9), "ergotropy.global": (2, 8.3037768426, 1e-9),
        "charging.enhancement": (None, 2.866, 1e-3)}),
    "ladder-1": partial(collective, 1, -0.8, 0.1, [0.0, 2.0, 10.0, 40.0]),
    "ladder-2": partial(collective, 2, -0.8, 0.1, [0.0, 2.0, 10.0, 40.0], omega=1.7),
    "ladder-3-half": partial(collective, 3, -0.3, 0.5, [0.5, 2.0, 10.0], fraction=0.5),
    "ladder-5-nine-tenths": partial(collective, 5, -2.0, 1.0, [0.1, 0.5, 2.0], fraction=0.9),
    "ladder-12-strong": partial(collective, 12, -5.0, 0.01, [0.01, 0.05, 0.2, 1.0]),
    "ladder-20": partial(collective, 20, -0.8, 1.0, [0.05, 0.1, 0.2, 1.0]),
    "ladder-40": partial(collective, 40, -0.8, 0.1, [0.1, 0.5, 1.0, 3.0]),
    "ladder-60": partial(collective, 60, -0.8, 1.0, [0.01, 0.04, 0.06, 0.15]),
    "ladder-60-weak-inversion": partial(collective, 60, -0.1, 1.0, [0.05, 0.2, 0.5, 1.0]),
    "ladder-stall-8": partial(collective, 8, 0.0, 0.2, [0.5, 2.0, 10.0, 50.0]),
    "ladder-refrigerator-6": partial(collective, 6, 0.8, 0.2, [0.5, 2.0, 10.0, 30.0]),
    "ladder-refrigerator-30": partial(collective, 30, 0.3, 0.1, [0.1, 0.5, 2.0, 10.0]),
    "ladder-excited-5": partial(collective, 5, -0.8, 0.1, [0.0, 1.0, 5.0, 30.0], excited=True),
    "ladder-excited-stall-7": partial(collective, 7, 0.0, 0.1, [0.5, 2.0, 10.0, 50.0], excited=True),
    "ladder-excited-refrigerator-10": partial(collective, 10, 1.0, 0.1, [0.5, 2.0, 5.0, 30.0], excited=True),
    "ladder-of-engines-6": partial(of_engines, A, 6, 0.02, [100.0, 300.0, 1000.0]),
    "ladder-of-engines-detuned-3": partial(of_engines, A, 3, 0.05, [20.0, 100.0, 500.0], omega=1.25),
    "ladder-of-engines-refrigerator-4": partial(of_engines, B, 4, 0.05, [5.0, 50.0, 200.0]),
    "ladder-of-engines-balance-3": partial(of_engines, Maser(**SET_A, rates="detailed-balance"), 3, 0.05, [20.0, 100.0, 500.0]),
    "individual-10": partial(individual, 10, -0.8, 0.1, [1.0, 5.0, 20.0]),
    "individual-60": partial(individual, 60, -0.8, 1.0, [0.1, 0.5, 2.0], fraction=0.9),
    "individual-1-refrigerator": partial(individual, 1, 0.8, 0.1, [1.0, 5.0, 20.0]),
    "individual-4-stall": partial(individual, 4, 0.0, 0.1, [1.0, 5.0, 20.0]),
    "individual-3-excited": partial(individual, 3, -0.3, 0.1, [0.0, 1.0, 5.0, 20.0], excited=True),
}
