"""Opens the stores that open_in_xarray.rs made, as a user would, with every warning an error.

Run by the test; by hand: python -W error open_in_xarray.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import xarray

FOLDER = Path(sys.argv[1])
# Whole numbers are whole.
AXES = {"charger_dephasing": np.array([0.1, 0.2, 0.4, 0.8, 1.6]), "battery_cells": np.arange(1, 12)}
TIMES = np.array([0.0, 0.5, 1.0, 1.5])
LABELS = {
    "charger_dephasing": ("g", "dephasing of the charger"),
    "battery_cells": ("1", "cells"),
    "time": ("1/g", "time"),
    "energy": ("g", "energy of the battery"),
    "power": ("g^2", "largest power"),
}


def energy(point):
    return np.sin(point + TIMES)


def power(point):
    return np.sqrt(point)


def reason(point):
    return f"Schrittweite zu klein, größter Wert 10⁻³ (point {point})"


def check(dataset, known, axes):
    """`known`: the points that are computed; every fourth has failed."""
    shape = tuple(len(axes[name]) for name in axes)
    points = np.arange(np.prod(shape, dtype=int))
    assert dict(dataset.sizes) == {**{name: len(axes[name]) for name in axes}, "time": len(TIMES)}, dataset.sizes
    assert set(dataset.coords) == {*axes, "time"}, dataset.coords
    assert set(dataset.data_vars) == {"energy", "power", "status", "reason", "method"}, dataset.data_vars
    for name, values in {**axes, "time": TIMES}.items():
        assert dataset[name].dims == (name,) and dataset[name].dtype == values.dtype
        np.testing.assert_array_equal(dataset[name], values)
    assert dataset.energy.dims == (*axes, "time") and dataset.energy.dtype == np.float64
    for name in ["power", "status", "reason", "method"]:
        assert dataset[name].dims == tuple(axes), dataset[name].dims
    for name in [*axes, "time", "energy", "power"]:
        units, long_name = LABELS[name]
        key = {"key": name.replace("_", ".", 1)} if name in axes else {}
        assert dataset[name].attrs == {"units": units, "long_name": long_name, **key}, dataset[name].attrs
    status = dataset.status
    assert status.dtype == np.uint8 and status.attrs["flag_meanings"] == "not_computed done failed"
    np.testing.assert_array_equal(status.attrs["flag_values"], [0, 1, 2])

    there, failed = np.isin(points, known), points % 4 == 1
    np.testing.assert_array_equal(status.values.ravel(), np.where(there, np.where(failed, 2, 1), 0))
    good = (there & ~failed)[:, None]
    expected = np.where(good, np.array([energy(point) for point in points]), np.nan)
    np.testing.assert_allclose(dataset.energy.values.reshape(expected.shape), expected, rtol=1e-14)
    expected = np.where(good[:, 0], np.array([power(point) for point in points]), np.nan)
    np.testing.assert_allclose(dataset.power.values.ravel(), expected, rtol=1e-14)
    texts = [reason(point) if there[point] and failed[point] else "" for point in points]
    assert [str(text) for text in dataset.reason.values.ravel()] == texts, dataset.reason.values

    methods = ["rabi-blocks" if there[point] and not failed[point] else "" for point in points]
    assert [str(text) for text in dataset.method.values.ravel()] == methods, dataset.method.values

    attributes = dataset.attrs
    assert attributes["scenario"] == "title = \"Ladezeit für drei Zellen\"\n", attributes
    assert len(attributes["scenario_sha256"]) == 64
    assert attributes["version"] == "0.1.0" and attributes["tolerance"] == 1e-8 and attributes["seed"] is None


def opened(name):
    ways = [{}, {"consolidated": True}]
    if name not in ["half", "run", "stages"]:
        # Lists the folder, and warns of every file that is not Zarr's.
        ways.append({"consolidated": False})
    for arguments in ways:
        with xarray.open_zarr(FOLDER / name, **arguments) as dataset:
            yield dataset.load()


for dataset in opened("empty"):
    check(dataset, [], AXES)
for dataset in opened("half"):
    check(dataset, range(30), AXES)
for dataset in opened("full"):
    check(dataset, range(55), AXES)
    # Selected by value and by name, as a study is read.
    chosen = dataset.power.sel(charger_dephasing=0.4, battery_cells=3)
    np.testing.assert_allclose(chosen, power(24))
for dataset in opened("single"):
    check(dataset, range(1), {})

for dataset in opened("run"):
    assert dict(dataset.sizes) == {"time": 5} and set(dataset.coords) == {"time"}
    assert dataset.time.attrs["units"] == "us" and dataset.energy.attrs["units"] == "hbar omega_B"
    np.testing.assert_array_equal(dataset.time, [0, 0.1, 0.2, 0.3, 0.4])
    assert dataset.energy.dims == ("time",) and dataset.asymptote_energy.dims == ()
    np.testing.assert_allclose(dataset.energy[-1], 0.430119, atol=1e-6)
    np.testing.assert_allclose(dataset.charging_time_settling, 0.16721, atol=1e-5)
    assert str(dataset.method.values) == "rabi-blocks" and int(dataset.status) == 1 and str(dataset.reason.values) == ""
    assert dataset.attrs["title"] == "device" and "reference = \"5 GHz\"" in dataset.attrs["scenario"]
for dataset in opened("stages"):
    assert dataset.time.attrs["units"] == "ns" and float(dataset.time[-1]) == 20 and dataset.energy.dims == ("time",)
    assert str(dataset.method.values) == "stages" and dataset.cycles_duration.dims == ()
for dataset in opened("laws"):
    assert set(dataset.coords) == {"battery_cells"} and dataset.charging_time_settling.attrs["units"] == "us"
for folder, arguments in [("laws", {"group": "fits"}), ("laws/fits", {}), ("laws", {"group": "fits", "consolidated": False})]:
    with xarray.open_zarr(FOLDER / folder, **arguments) as dataset:
        law = dataset.attrs["fits"][0]
        assert law["law"] == "1 - R = a/N" and law["from"] == 32 and 1.7 < law["a"] < 1.8, law
assert list(xarray.open_datatree(FOLDER / "laws", engine="zarr").groups) == ["/", "/fits"]
for dataset in opened("no-laws"):
    assert not (FOLDER / "no-laws" / "fits").exists() and dataset.sizes["battery_cells"] == 4

damaged = FOLDER / "full" / "power" / "c.0.0"
content = bytearray(damaged.read_bytes())
content[len(content) // 2] ^= 1
damaged.write_bytes(content)
try:
    xarray.open_zarr(FOLDER / "full").power[0, 0].load()
except ValueError as error:
    assert "checksum" in str(error), error
else:
    raise AssertionError("a damaged chunk was read")
