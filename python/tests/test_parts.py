"""Batteries as text from Python: mappings, texts and files."""

import math

import numpy as np
import pytest

import leyden

CHAIN = {
    "title": "chain",
    "parts": {"cells": {"kind": "qubit", "count": 8}},
    "parameters": {"J": -0.2, "D": 0.5, "h": 1.0},
    "hamiltonian": {
        "battery": "sum(i in cells, Z(i)/2)",
        "charging": "sum(i < j in cells, J/abs(i-j)*(X(i)*X(j) + Y(i)*Y(j) + D*Z(i)*Z(j))) + h*sum(i in cells, X(i))",
    },
    "time": {"end": 5.0, "points": 101},
}


def test_a_chain_is_a_mapping_of_texts():
    run = leyden.run(CHAIN)
    energy = np.asarray(run.energy)
    assert energy.max() - energy[0] == pytest.approx(6.627211, abs=1e-6)
    # The same numbers with a parameter set, as text or number.
    again = leyden.run(CHAIN, set={"parameters.J": "-h/5", "parameters.h": 1.0})
    assert np.array_equal(again.energy, run.energy)


def test_parameters_and_sizes_are_swept():
    small = CHAIN | {"parts": {"cells": {"count": 2}}, "time": {"values": [1.0]}}
    sweep = {"parameters.h": [0.5, 1.0], "parts.cells.count": [2, 3]}
    data = leyden.sweep(small | {"sweep": sweep})
    assert data.sizes["parameters_h"] == data.sizes["parts_cells_count"] == 2
    one = leyden.run(small, set={"parameters.h": 1.0, "parts.cells.count": 3})
    point = data.energy.sel(parameters_h=1.0, parts_cells_count=3)
    assert np.allclose(point, one.energy, rtol=0, atol=1e-12)


def test_files_of_samples_lie_beside_the_scenario(tmp_path, monkeypatch):
    (tmp_path / "pulse.csv").write_text("1.0, 0.0\n2.0, 1.1\n3.0, 0.0\n")
    text = """
[parts]
q = { kind = "qubit" }
[hamiltonian]
battery = "n(q)"
charging = "-n(q) + samples('pulse.csv', t)*X(q)/2"
[time]
values = [10.0]
"""
    (tmp_path / "pulse.toml").write_text(text)
    # The area of the triangle is 1.1.
    run = leyden.run(tmp_path / "pulse.toml")
    assert run.energy[0] == pytest.approx(math.sin(0.55) ** 2, abs=1e-7)
    # Of a text they are sought in the current folder.
    monkeypatch.chdir(tmp_path)
    assert np.array_equal(leyden.run(text).energy, run.energy)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(leyden.ScenarioError, match="no file"):
        leyden.run(text)


def test_what_is_wrong_in_a_text_has_its_place():
    wrong = CHAIN | {"hamiltonian": {"battery": "sum(i in cells, Z(i)/2)", "charging": "sum(i in cells, sp(i))"}}
    with pytest.raises(leyden.ScenarioError, match="Hermitian"):
        leyden.run(wrong)


def test_an_ensemble_has_means_and_standard_errors():
    disorder = {"samples": 20, "seed": 3, "parameters.h": {"normal": [1.0, 0.2]}}
    run = leyden.run(CHAIN | {"parts": {"cells": {"count": 2}}, "disorder": disorder})
    assert run.disorder.samples == 20
    assert len(run.disorder.mean.energy) == len(run.energy)
    assert max(run.disorder.standard_error.energy) > 0.0


def test_built_in_systems_are_written_as_parts(leyden_command, tmp_path):
    text = leyden.scenarios()["cavity"]
    (tmp_path / "s.toml").write_text(text)
    written = leyden.as_text(tmp_path / "s.toml", set={"time.end": 2.0})
    assert written == leyden_command("check", "--as-text", "--set", "time.end=2.0", tmp_path / "s.toml").stdout
    run, again = leyden.run(text, set={"time.end": 2.0}), leyden.run(written)
    assert np.allclose(again.energy, run.energy, rtol=0, atol=1e-9)
    # What is parts already stays what it is.
    chain = leyden.run(leyden.as_text(CHAIN, set={"parts.cells.count": 3}))
    assert np.allclose(chain.energy, leyden.run(CHAIN, set={"parts.cells.count": 3}).energy, rtol=0, atol=1e-10)
    with pytest.raises(leyden.ScenarioError, match=r"this protocol cannot be written as \[parts\]"):
        leyden.as_text(leyden.scenarios()["charge-store-discharge"])
