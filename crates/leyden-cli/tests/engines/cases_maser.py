"""Scenarios of one engine."""
from functools import partial

from maser import SET_A, SET_B, Maser


def maser(resonant=True, **keys):
    engine = Maser(**keys)
    expect = {k: ([float(v) for v in x] if isinstance(x, list) else float(x)) for k, x in engine.report().items()}
    heat, cold, power = (expect[f"engine.{k}"] for k in ("heat_hot", "heat_cold", "power"))
    rounding = 1e-14 * (1 + 10 * engine.drive)
    if resonant:
        assert abs(heat + cold - power) < rounding     # first law of the bare levels
        if heat > 1e-12:
            expect["engine.efficiency"] = power / heat
            assert abs(power / heat - engine.w0 / engine.wh) < 1e-12
    # Detuned: the baths also feed the energy of the drive's coupling; omega_d J is delivered.
    assert abs(power - (engine.w0 + engine.detuning) * expect["engine.current"]) < 10 * rounding
    assert abs(cold + engine.wc * expect["engine.current"]) < 10 * rounding and expect["engine.entropy_production"] > -1e-14
    return engine.toml(), expect, 1e-11


BALANCE = {"rates": "detailed-balance"}
CASES = {
    "maser-open": partial(maser, **SET_A),
    "maser-open-balance": partial(maser, **SET_A, **BALANCE),
    "maser-open-refrigerator": partial(maser, **SET_B),
    "maser-driven": partial(maser, **SET_A, drive=0.3),
    "maser-driven-weakly": partial(maser, **SET_A, drive=0.01),
    "maser-driven-hard": partial(maser, **SET_A, drive=50.0),
    "maser-driven-detuned": partial(maser, resonant=False, **SET_A, drive=0.3, detuning=0.2),
    "maser-driven-detuned-below": partial(maser, resonant=False, **SET_A, drive=0.1, detuning=-0.5),
    "maser-driven-balance": partial(maser, **SET_A, **BALANCE, drive=0.2),
    "maser-loaded": partial(maser, **SET_A, down=0.1, up=0.05),
    "maser-loaded-down": partial(maser, **SET_A, down=0.7),
    "maser-loaded-balance": partial(maser, **SET_A, **BALANCE, down=2.0, up=0.3),
    "maser-refrigerator-driven": partial(maser, **SET_B, drive=0.3),
    "maser-refrigerator-detuned": partial(maser, resonant=False, **SET_B, drive=0.3, detuning=0.4),
    "maser-refrigerator-loaded": partial(maser, **SET_B, down=0.2, up=0.5),
    "maser-refrigerator-balance": partial(maser, **SET_B, **BALANCE, drive=0.5),
    "maser-unequal": partial(maser, wh=7.0, w0=2.5, th=6.0, tc=1.5, gh=0.3, gc=1.7, drive=0.15),
    "maser-stall": partial(maser, wh=10.0, w0=5.0, th=10.0, tc=5.0, drive=0.3),
}
