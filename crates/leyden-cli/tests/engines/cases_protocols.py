"""Scenarios of protocols of a qubit charger and N cells, in all 2^(N+1) levels.

    H = Delta_C n_C + Delta_B sum_i n_i + sum_i g_i (c^dag b_i + h.c.) + F (c + c^dag),  Delta_X = omega_X - omega_d

with omega_d = omega_B where there is no drive. In a wait g = F = 0: detunings and channels act. E_B = omega_B sum_i n_i. A load adds
D[b_i] with its rate to a wait.
"""
from functools import partial

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from stages import Qubits, generator, noise, run, toml_stages


def merged(base, stage):
    """The tables with the stage's own `table.key` values."""
    out = {name: dict(table) for name, table in base.items()}
    for key, value in stage.items():
        if "." in key:
            table, name = key.split(".")
            out[table][name] = value
    return out


def generator_of(system, tables, coupled=True, load=0.0):
    charger, battery, drive = tables["charger"], tables["battery"], tables.get("drive")
    n, omega_b = battery["cells"], battery["frequency"]
    frame = drive["frequency"] if drive else omega_b
    g = tables["coupling"]["strength"]
    g = g if isinstance(g, list) else [g] * n
    c, cells = system.lower[0], system.lower[1:]
    h = (charger["frequency"] - frame) * system.number[0]
    for i in range(n):
        h = h + (omega_b - frame) * system.number[i + 1]
        if coupled:
            h = h + g[i] * (c.T @ cells[i] + cells[i].T @ c)
    if coupled and drive:
        h = h + drive["amplitude"] * (c + c.T)
    rates = lambda t: (t.get("relaxation", 0.0), t.get("thermal_occupation", 0.0), t.get("dephasing", 0.0))
    channels = noise(c, system.number[0], *rates(charger))
    for i in range(n):
        channels += noise(cells[i], system.number[i + 1], *rates(battery))
        if load:
            channels.append((load, cells[i]))
    return generator(sp.csr_array(h), channels)


def protocol(stages, repeat, tables, charger="ground", battery="ground", limits=True):
    n, omega = tables["battery"]["cells"], tables["battery"]["frequency"]
    system = Qubits(n + 1, {"charger": [0], "battery": list(range(1, n + 1))}, [omega] * n)
    excited = lambda state: 1.0 if state == "excited" else 0.0
    maps = []
    for stage in stages:
        kind, own = stage["kind"], merged(tables, stage)
        if kind in ("evolve", "wait"):
            l = generator_of(system, own, coupled=kind == "evolve")
            maps.append(("map", la.expm(l.toarray() * stage["duration"])))
        elif kind == "extract" and stage["by"] == "load":
            l = generator_of(system, own, coupled=False, load=stage["rate"])
            maps.append(("map", la.expm(l.toarray() * stage["duration"])))
        elif kind == "extract":
            maps.append(("extract",))
        elif kind == "reset":
            maps.append(("map", system.reset(stage["target"], stage.get("excitation", excited(stage.get("state"))))))
        elif kind == "pulse":
            maps.append(("map", system.pulse(stage["target"], stage["angle"])))
        else:
            maps.append(("map", system.forget(stage["target"])))
    rho = system.product([excited(charger)] + [excited(battery)] * n)
    expect = run(system, rho, maps, repeat, limits)
    text = ""
    for name, table in tables.items():
        text += f"[{name}]\n" + "".join(f'{k} = "{v}"\n' if isinstance(v, str) else f"{k} = {v!r}\n" for k, v in table.items()) + "\n"
    text += f'[initial]\ncharger = "{charger}"\nbattery = "{battery}"\n\n'
    return text + toml_stages(stages, repeat) + "\n[method]\ntolerance = 1e-11\n", expect, {"default": 1e-9, "cycles.rate": 1e-7}


def tables(cells=1, omega=1.0, omega_c=None, g=1.0, charger=None, battery=None, amplitude=None, omega_d=None):
    out = {
        "charger": {"kind": "qubit", "frequency": omega if omega_c is None else omega_c, **(charger or {})},
        "battery": {"kind": "qubit", "cells": cells, "frequency": omega, **(battery or {})},
        "coupling": {"strength": g},
    }
    if amplitude is not None:
        out["drive"] = {"amplitude": amplitude, "frequency": omega if omega_d is None else omega_d}
    return out


evolve = lambda t, **keys: dict(kind="evolve", duration=t, **{k.replace("_", ".", 1): v for k, v in keys.items()})
wait = lambda t, **keys: dict(kind="wait", duration=t, **{k.replace("_", ".", 1): v for k, v in keys.items()})
pulse = lambda target, angle: dict(kind="pulse", target=target, angle=angle)
reset = lambda target, **keys: dict(kind="reset", target=target, **keys)
measure = lambda target: dict(kind="measure", target=target)
dephase = lambda target: dict(kind="dephase", target=target)
load = lambda rate, t: dict(kind="extract", by="load", rate=rate, duration=t)
unitary = dict(kind="extract", by="unitary")
CHARGER_GROUND = reset("charger", state="ground")

CASES = {
    # charge, store, discharge
    "protocol-1-store": partial(protocol, [evolve(3.0), wait(2.0, battery_relaxation=0.1, battery_thermal_occupation=0.2),
                                           evolve(1.5, drive_amplitude=0.0, charger_dephasing=0.2)], 4,
                                tables(charger={"dephasing": 1.4}, amplitude=0.5)),
    "protocol-2-store": partial(protocol, [CHARGER_GROUND, evolve(4.0), wait(3.0, battery_relaxation=0.05, battery_thermal_occupation=0.1)], 5,
                                tables(2, charger={"dephasing": 1.4}, amplitude=0.8)),
    "protocol-3-store": partial(protocol, [reset("charger", excitation=0.2), evolve(2.0), wait(1.0, battery_relaxation=0.05),
                                           evolve(1.0, drive_amplitude=0.0, coupling_strength=0.2)], 4,
                                tables(3, charger={"dephasing": 0.7}, amplitude=1.0)),
    "protocol-1-noise": partial(protocol, [evolve(1.0), wait(1.0)], 6,
                                tables(omega=2.0, charger={"dephasing": 0.3, "relaxation": 0.1, "thermal_occupation": 0.3},
                                       battery={"relaxation": 0.05, "thermal_occupation": 0.4, "dephasing": 0.2}, amplitude=0.6)),
    "protocol-1-detuned": partial(protocol, [evolve(1.3), wait(0.7), evolve(0.4, charger_dephasing=0.0)], 5,
                                  tables(omega=1.2, omega_c=0.9, charger={"dephasing": 0.8, "relaxation": 0.1}, battery={"relaxation": 0.05},
                                         amplitude=0.7, omega_d=1.0)),
    "protocol-2-detuned": partial(protocol, [evolve(1.3), wait(0.7, battery_dephasing=0.4)], 4,
                                  tables(2, omega=1.1, omega_c=1.3, charger={"dephasing": 0.8, "relaxation": 0.1}, battery={"relaxation": 0.05},
                                         amplitude=0.7, omega_d=1.0)),
    # pulses
    "protocol-1-half-pulse": partial(protocol, [reset("charger", state="ground"), pulse("charger", np.pi / 2), evolve(0.6), wait(0.5)], 6,
                                     tables(battery={"relaxation": 0.1, "dephasing": 0.1})),
    "protocol-1-any-pulse": partial(protocol, [pulse("charger", 0.7), evolve(0.6), pulse("battery", -1.1), wait(0.5)], 6,
                                    tables(charger={"relaxation": 0.2}, battery={"relaxation": 0.1, "dephasing": 0.1})),
    "protocol-2-pulse": partial(protocol, [pulse("charger", np.pi), evolve(0.5), CHARGER_GROUND], 6, tables(2), limits=False),
    "protocol-2-any-pulse": partial(protocol, [pulse("battery", 0.9), evolve(0.5), wait(0.4), CHARGER_GROUND], 4,
                                    tables(2, charger={"dephasing": 0.5}, amplitude=0.3), charger="excited"),
    "protocol-3-pulse": partial(protocol, [CHARGER_GROUND, pulse("charger", np.pi), evolve(0.4), wait(1.0)], 5,
                                tables(3, battery={"relaxation": 0.05, "thermal_occupation": 0.2})),
    "protocol-3-any-pulse": partial(protocol, [CHARGER_GROUND, pulse("charger", 2.0), evolve(0.7), wait(0.5)], 4,
                                    tables(3, charger={"dephasing": 0.3}, battery={"dephasing": 0.1, "relaxation": 0.02}, amplitude=0.2)),
    # measurement and dephasing
    "protocol-1-measure": partial(protocol, [evolve(0.8), measure("charger"), evolve(0.5), wait(1.0)], 5,
                                  tables(charger={"relaxation": 0.1}, battery={"relaxation": 0.1}, amplitude=0.5)),
    "protocol-2-measure": partial(protocol, [evolve(0.8), measure("charger"), evolve(0.5), CHARGER_GROUND], 5, tables(2, amplitude=0.5), limits=False),
    "protocol-1-dephase": partial(protocol, [evolve(0.8), dephase("battery"), evolve(0.5), dephase("charger")], 5,
                                  tables(charger={"relaxation": 0.1}, battery={"relaxation": 0.1}, amplitude=0.5)),
    "protocol-3-dephase": partial(protocol, [evolve(0.8), dephase("charger")], 6, tables(3, battery={"relaxation": 0.05}, amplitude=0.6)),
    # extraction
    "protocol-1-unitary": partial(protocol, [CHARGER_GROUND, evolve(2.0), wait(1.0), unitary], 5,
                                  tables(charger={"dephasing": 1.4}, battery={"relaxation": 0.05}, amplitude=0.5)),
    "protocol-1-unitary-excited": partial(protocol, [reset("charger", state="excited"), evolve(0.7), unitary], 4, tables(omega=1.5),
                                          charger="excited", limits=False),
    "protocol-1-load": partial(protocol, [CHARGER_GROUND, evolve(2.0), load(0.5, 1.0)], 5, tables(charger={"dephasing": 1.4}, amplitude=0.5)),
    "protocol-2-load": partial(protocol, [CHARGER_GROUND, evolve(2.0), wait(0.5, battery_relaxation=0.1), load(0.3, 2.0)], 5,
                               tables(2, charger={"dephasing": 1.0}, amplitude=0.7)),
    "protocol-3-load": partial(protocol, [reset("charger", excitation=1.0), evolve(0.6), load(0.2, 1.0)], 5, tables(3, omega=0.8)),
    "protocol-2-excited": partial(protocol, [evolve(1.0), wait(1.0), reset("battery", excitation=0.3), evolve(0.5)], 3,
                                  tables(2, charger={"relaxation": 0.2}, battery={"relaxation": 0.1}), charger="ground", battery="excited"),
}
