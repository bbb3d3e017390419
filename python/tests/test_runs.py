"""Runs, plans and results: the document of the command, by all its names."""

import copy
import json
import pickle
import threading
import time
import warnings
import signal
import os

import numpy as np
import pytest
from conftest import PAIR, ROOT, SWEEP

import leyden


def test_version_is_that_of_the_command(leyden_command):
    assert leyden_command("--version").stdout.split()[-1] == leyden.__version__


def test_the_document_is_that_of_the_command_bit_for_bit(leyden_command, tmp_path):
    names = ["two-qubits", "cavity", "engine-charging", "charge-store-discharge", "detuned-pair"]
    for name in names:
        path = tmp_path / f"{name}.toml"
        path.write_text(leyden.scenarios()[name])
        said = leyden_command("run", path, "--json")
        assert leyden.run(path).to_json() + "\n" == said.stdout, name
    said = leyden_command("run", tmp_path / "two-qubits.toml", "--json", "--verify", "--set", "charger.dephasing=2.5")
    r = leyden.run(tmp_path / "two-qubits.toml", verify=True, set={"charger.dephasing": 2.5})
    assert r.to_json() + "\n" == said.stdout and r.verify.method


def test_paths_texts_and_mappings_are_scenarios(tmp_path):
    path = tmp_path / "pair.toml"
    path.write_text(PAIR)
    mapping = {
        "title": "A pair",
        "charger": {"dephasing": np.float64(1.0)},
        "drive": {"amplitude": 0.5},
        "time": {"end": np.int32(10), "points": 21},
    }
    runs = [leyden.run(x) for x in (path, str(path), PAIR, mapping)]
    assert all(r == runs[0] for r in runs)
    set_ = {"drive.amplitude": 0.7, "method.name": "exponential", "title": 'a "b"\n\\'}
    r = leyden.run(mapping, set=set_)
    assert r.title == 'a "b"\n\\' and r.method.name == "exponential"
    assert leyden.run(PAIR, set={"drive": {"amplitude": 0.7}}, method="exponential").energy[-1] == r.energy[-1]
    values = {"time": {"values": np.linspace(0, 1, 3)}}
    assert np.array_equal(leyden.run(values | {"drive": {"amplitude": 0.1}}).times, [0.0, 0.5, 1.0])
    tables = {"stage": [{"kind": "evolve", "duration": 1.0}, {"kind": "wait", "duration": 2.0}], "drive": {"amplitude": 0.3}}
    assert leyden.run(tables).cycles is not None
    for wrong in (3, None, [PAIR], b"x"):
        with pytest.raises(TypeError):
            leyden.run(wrong)
    with pytest.raises(TypeError, match="a value of a scenario"):
        leyden.run(PAIR, set={"drive.amplitude": 1j})
    with pytest.raises(TypeError):
        leyden.run(PAIR, set=["drive.amplitude=1"])
    with pytest.raises(TypeError):
        leyden.run(PAIR, set={1: 2})


def test_fields_are_attributes_and_paths():
    r = leyden.run(PAIR)
    document = json.loads(r.to_json())
    assert r.to_dict() == document
    assert isinstance(r.energy, np.ndarray) and r.energy.dtype == np.float64 and not r.energy.flags.writeable
    assert r.energy is r.energy and r["energy"] is r.energy
    assert r.energy.tolist() == document["energy"]
    assert r.ergotropy.global_ is r["ergotropy.global"]
    assert r.charging_time.settling == document["charging_time"]["settling"]
    assert r.checks.top_population is None and "oscillator" in r.checks.why
    assert r["units.time.symbol"] == document["units"]["time"]["symbol"]
    assert r["asymptote.rates.0.rate"] == document["asymptote"]["rates"][0]["rate"] == r.asymptote.rates[0].rate
    assert r["energy.3"] == r.energy[3]
    assert "ergotropy.global" in r and "ergotropy.globl" not in r
    with pytest.raises(KeyError, match="did you mean 'ergotropy.global'"):
        r["ergotropy.globl"]
    with pytest.raises(AttributeError, match="did you mean 'energy'"):
        r.enrgy
    with pytest.raises(AttributeError, match="did you mean 'global_'"):
        r.ergotropy.globl_
    assert {"energy", "ergotropy", "to_json"} <= set(dir(r)) and "global_" in dir(r.ergotropy)
    with pytest.raises(AttributeError):
        r.energy = 1
    with pytest.raises(ValueError):
        r.energy[0] = 1.0
    plateaus = leyden.run(PAIR, set={"charger.dephasing": 400.0}).asymptote.plateaus
    assert isinstance(plateaus, tuple) and plateaus[0].from_ == plateaus[0]["from"]
    assert leyden.run(PAIR).asymptote.plateaus == ()


def test_null_in_a_list_is_nan():
    text = leyden.scenarios()["charge-store-discharge"]
    r = leyden.run(text)
    for key, value in r.to_dict().items():
        if isinstance(value, list) and value and all(x is None or isinstance(x, float) for x in value):
            nan = np.array([np.nan if x is None else x for x in value])
            assert np.array_equal(r[key], nan, equal_nan=True), key


def test_results_pickle_and_compare():
    r = leyden.run(PAIR)
    for other in (pickle.loads(pickle.dumps(r)), copy.deepcopy(r), copy.copy(r), leyden.run(PAIR)):
        assert other == r and other.to_json() == r.to_json() and np.array_equal(other.energy, r.energy)
    assert r != leyden.run(PAIR, set={"drive.amplitude": 0.6}) and r != 1
    inner = pickle.loads(pickle.dumps(r.charging_time))
    assert inner == r.charging_time and inner.settling == r.charging_time.settling
    assert not pickle.loads(pickle.dumps(r.ergotropy)).local.flags.writeable
    with pytest.raises(TypeError):
        hash(r)


def test_a_plan_is_what_check_prints(leyden_command, tmp_path):
    for text in (PAIR, SWEEP, leyden.scenarios()["cavity"]):
        path = tmp_path / "s.toml"
        path.write_text(text)
        plan = leyden.check(path)
        assert str(plan) + "\n" == leyden_command("check", path).stdout
        assert plan.memory > 0 and plan.dimension > 0 and plan.method.reason
    assert leyden.check(PAIR).points == 1 and leyden.check(SWEEP).points == 21
    assert leyden.check(PAIR, method="taylor").method.name == "taylor"


def test_figures_are_those_of_the_command(leyden_command, tmp_path):
    path = tmp_path / "pair.toml"
    path.write_text(PAIR)
    leyden_command("run", path, "--out", tmp_path / "out")
    r = leyden.run(path)
    figure = r.figure()
    assert figure.svg == (tmp_path / "out/figure.svg").read_text() == figure._repr_svg_()
    figure.save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "out/figure.png").read_bytes()
    figure.save(tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(ValueError, match=".svg, .png or .pdf"):
        figure.save(tmp_path / "a.jpg")
    spec = {"quantities": ["purity"], "title": "only purity"}
    (tmp_path / "spec.toml").write_text('quantities = ["purity"]\ntitle = "only purity"\n')
    leyden_command("figure", tmp_path / "out", "--spec", tmp_path / "spec.toml", "--output", tmp_path / "c.svg")
    wanted = (tmp_path / "c.svg").read_text()
    assert r.figure(spec).svg == r.figure(tmp_path / "spec.toml").svg == wanted
    assert leyden.figure(tmp_path / "out", spec).svg == wanted
    with pytest.raises(leyden.ScenarioError):
        r.figure({"quantities": ["purty"]})
    assert "<pre>" in r._repr_html_() and "<svg" in r._repr_html_()
    maser = leyden.run(leyden.scenarios()["maser"].split("[sweep]")[0])
    assert "<svg" not in maser._repr_html_()
    with pytest.raises(leyden.LeydenError, match="engine alone"):
        maser.figure()


def test_errors_say_key_place_and_cure(tmp_path, leyden_command):
    path = tmp_path / "s.toml"
    path.write_text("[charger]\ndephasing = -1.0\n[time]\nend = 1.0\n")
    with pytest.raises(leyden.ScenarioError) as caught:
        leyden.run(path)
    error = caught.value
    assert (error.key, error.line, error.column) == ("charger.dephasing", 2, 13)
    assert "must be at least 0" in error.reason
    said = leyden_command("run", path, "--color", "never").stderr
    assert str(error) == said.rstrip("\n")
    assert isinstance(error, ValueError) and isinstance(error, leyden.LeydenError)
    assert pickle.loads(pickle.dumps(error)).column == 13
    for scenario, set_ in (({"charger": {"dephasing": -1.0}, "time": {"end": 1.0}}, None), (PAIR, {"charger.dephasing": -1.0})):
        with pytest.raises(leyden.ScenarioError) as caught:
            leyden.run(scenario, set=set_)
        assert (caught.value.key, caught.value.line, caught.value.column) == ("charger.dephasing", None, None)
    with pytest.raises(leyden.ScenarioError, match="leyden.sweep"):
        leyden.run(SWEEP)
    with pytest.raises(leyden.ScenarioError, match="leyden.run"):
        leyden.sweep(PAIR)
    with pytest.raises(FileNotFoundError):
        leyden.run(tmp_path / "missing.toml")
    with pytest.raises(FileNotFoundError):
        leyden.run("missing.toml")
    with pytest.raises(leyden.ScenarioError):
        leyden.run(PAIR, method="no-such-method")
    with pytest.raises(leyden.TooLargeError) as caught:
        leyden.run({"battery": {"cells": 16, "frequency": [1.0 + 0.1 * k for k in range(16)]}, "drive": {"amplitude": 0.1}, "charger": {"dephasing": 1.0}, "time": {"end": 1.0}})
    assert caught.value.needed > caught.value.allowed > 0 and isinstance(caught.value, MemoryError)


def test_what_did_not_converge_is_a_value_and_one_warning():
    wrong = {"charger": {"kind": "oscillator", "cutoff": 8, "dephasing": 1.0}, "drive": {"amplitude": 2.0}, "time": {"end": 10.0}}
    with pytest.warns(leyden.OutcomeWarning) as caught:
        r = leyden.run(wrong)
    assert len(caught) == 1 and r.outcome != "converged"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        leyden.run(PAIR)


LONG = {
    "battery": {"cells": 150, "relaxation": 0.01},
    "charger": {"relaxation": 0.3},
    "drive": {"amplitude": 0.5},
    "time": {"end": 4000.0, "points": 4000},
}


def interrupt_after(seconds):
    timer = threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def test_ctrl_c_ends_a_run_within_a_second():
    interrupt_after(0.5)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        leyden.run(LONG)
    assert 0.4 < time.monotonic() - begin < 1.5
    # What was interrupted ends at its next step: no thread of ours keeps a core.
    for _ in range(30):
        before = time.process_time()
        time.sleep(0.5)
        if time.process_time() - before < 0.1:
            break
    else:
        raise AssertionError("the interrupted run goes on")
    assert leyden.run(PAIR).outcome == "converged"


def test_other_threads_run_on():
    counted, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    leyden.run(LONG | {"time": {"end": 100.0, "points": 50}, "battery": {"cells": 40, "relaxation": 0.01}})
    stop.set()
    thread.join()
    assert counted[0] > 20
    results = [None] * 4
    threads = [threading.Thread(target=lambda k=k: results.__setitem__(k, leyden.run(PAIR))) for k in range(4)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert all(r == results[0] for r in results)


def test_a_fork_after_import_is_safe():
    leyden.run(PAIR)
    child = os.fork()
    if child == 0:
        os._exit(0 if leyden.run(PAIR).outcome == "converged" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_import_is_quick():
    import subprocess
    import sys

    code = "import time; import numpy; b = time.process_time(); import leyden; print(time.process_time() - b)"
    times = [float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) for _ in range(3)]
    assert min(times) < 0.2
    code = "import sys, leyden; print([m for m in ('xarray', 'scipy', 'matplotlib', 'zarr', 'qutip') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_schema_and_scenarios():
    assert leyden.schema()["$schema"].startswith("https://json-schema.org")
    there = {path.stem: path.read_text() for path in (ROOT / "scenarios").rglob("*.toml")}
    assert dict(leyden.scenarios()) == there
    with pytest.raises(TypeError):
        leyden.scenarios()["x"] = "y"


def test_random_parameters():
    text = """initial.charger = "excited"
time = { end = 2.0, points = 5 }
[disorder]
samples = 30
seed = 2
"coupling.strength" = { normal = [1.0, 0.1] }
"""
    result = leyden.run(text)
    assert result.disorder.samples == 30 and result.disorder.seed == 2
    mean, error = result.disorder.mean.energy, result["disorder.standard_error.energy"]
    assert mean.shape == error.shape == (5,) and np.all(mean[1:] != result.energy[1:]) and error[0] == 0
    ds = leyden.sweep(text + "keep = true\n")
    assert ds.sizes["disorder_sample"] == 30 and list(ds.disorder_sample[:2]) == [1, 2]
    assert np.allclose(ds.energy.mean("disorder_sample"), mean, rtol=0, atol=1e-14)
    assert np.allclose(ds.energy.std("disorder_sample", ddof=1) / np.sqrt(30), error, rtol=0, atol=1e-14)
    swept = leyden.sweep(text + "[sweep]\n'drive.amplitude' = [0.0, 0.5]\n")
    assert np.allclose(swept.disorder_mean_energy[0], mean, rtol=0, atol=1e-12)
    with pytest.raises(leyden.ScenarioError, match="leyden.sweep computes it"):
        leyden.run(text + "keep = true\n")
