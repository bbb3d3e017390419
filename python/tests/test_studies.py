"""Sweeps, stores and datasets; executors, workers that die, and drivers that do."""

import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest
import xarray as xr
from conftest import PAIR, SWEEP, files

import leyden

FAILING = """charger = { kind = "oscillator", cutoff = 16 }
battery.relaxation = 0.3
time = { end = 2.0, points = 3 }
[sweep]
"initial.charger.fock" = [0, 1, 30]
"drive.amplitude" = { from = 0.1, to = 0.4, points = 40 }
"""


def test_a_sweep_is_the_store_of_the_command(leyden_command, tmp_path):
    (tmp_path / "s.toml").write_text(SWEEP)
    leyden_command("run", tmp_path / "s.toml", "--out", tmp_path / "command", "--quiet")
    seen = []
    ds = leyden.sweep(tmp_path / "s.toml", tmp_path / "python", progress=lambda done, total: seen.append((done, total)))
    assert files(tmp_path / "python") == files(tmp_path / "command")
    assert seen[-1] == (21, 21)
    assert ds.sizes == {"drive_amplitude": 7, "charger_dephasing": 3, "time": 21}
    assert ds.energy.attrs["units"] and ds.energy.attrs["long_name"]
    single = leyden.run(SWEEP.split("[sweep]")[0], set={"drive.amplitude": 1.0, "charger.dephasing": 3.0})
    assert np.allclose(ds.energy.sel(drive_amplitude=1.0, charger_dephasing=3.0), single.energy, rtol=0, atol=1e-12)
    assert leyden.figure(tmp_path / "python").svg == (tmp_path / "command/figure.svg").read_text()
    one, two = (leyden.sweep(SWEEP, threads=n) for n in (1, 2))
    xr.testing.assert_identical(one, two)
    xr.testing.assert_identical(one.drop_attrs(deep=False), ds.load().drop_attrs(deep=False))


def test_without_a_folder_nothing_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    import tempfile

    tempfile.tempdir = None
    ds = leyden.sweep(SWEEP)
    tempfile.tempdir = None
    assert list(tmp_path.iterdir()) == [] and float(ds.energy[6, 1, -1]) > 0


def test_a_run_as_a_dataset_is_that_of_its_folder(leyden_command, tmp_path):
    text = leyden.scenarios()["cavity"]
    (tmp_path / "s.toml").write_text(text)
    leyden_command("run", tmp_path / "s.toml", "--out", tmp_path / "out")
    r = leyden.run(text)
    xr.testing.assert_identical(r.to_xarray(), leyden.open(tmp_path / "out").load())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.allclose(leyden.open(str(tmp_path / "out")).ergotropy_global, r.ergotropy.global_)


def test_failed_points_are_one_warning(tmp_path):
    with pytest.warns(leyden.OutcomeWarning, match="40 of 120") as caught:
        ds = leyden.sweep(FAILING, tmp_path / "f")
    assert len(caught) == 1
    assert np.isnan(ds.energy.values[2]).all() and not np.isnan(ds.energy.values[:2]).any()
    assert all("Fock" in str(reason) or "levels" in str(reason) for reason in ds.reason.values[2].ravel())


def test_wrong_folders_are_store_errors(tmp_path):
    with pytest.raises(leyden.StoreError, match="no zarr.json"):
        leyden.open(tmp_path)
    leyden.sweep(SWEEP, tmp_path / "a")
    with pytest.raises(leyden.StoreError, match="another scenario"):
        leyden.sweep(SWEEP.replace("0.1, to", "0.2, to"), tmp_path / "a")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        leyden.sweep(SWEEP, tmp_path / "file")
    with pytest.raises(leyden.StoreError):
        leyden.figure(tmp_path)
    for wrong, error in ((0, ValueError), (1.5, TypeError), (True, TypeError)):
        with pytest.raises(error):
            leyden.sweep(SWEEP, threads=wrong)
    with pytest.raises(ZeroDivisionError):
        leyden.sweep(LONG_SWEEP, progress=lambda done, total: 1 / 0)


LONG_SWEEP = """charger.relaxation = 0.3
charger.dephasing = 1.0
battery = { cells = 4, relaxation = 0.1 }
drive.amplitude = 0.2
time = { end = 20.0, points = 21 }
[sweep]
"drive.amplitude" = { from = 0.1, to = 0.5, points = 400 }
"""


def test_an_interrupted_sweep_goes_on(tmp_path):
    threading.Timer(0.7, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        leyden.sweep(LONG_SWEEP, tmp_path / "s")
    assert time.monotonic() - begin < 1.7
    deadline = time.monotonic() + 20
    short = LONG_SWEEP  # the threads of the interrupted call end at their next step
    while True:
        counted = []
        try:
            ds = leyden.sweep(short, tmp_path / "s", progress=lambda done, total: counted.append(done))
            break
        except leyden.StoreError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert counted[0] > 0 and int((ds.status == 1).sum()) == 400


def test_pieces_of_processes_are_the_sweep_of_one(tmp_path):
    leyden.sweep(SWEEP, tmp_path / "local")
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        leyden.sweep(SWEEP, tmp_path / "pool", executor=pool)
        memory = leyden.sweep(SWEEP, executor=pool)
        with pytest.warns(leyden.OutcomeWarning, match="40 of 120"):
            leyden.sweep(FAILING, tmp_path / "failing", executor=pool)
    assert files(tmp_path / "pool") == files(tmp_path / "local")
    xr.testing.assert_identical(memory, leyden.open(tmp_path / "local").load())
    with pytest.warns(leyden.OutcomeWarning):
        leyden.sweep(FAILING, tmp_path / "failing-local")
    assert files(tmp_path / "failing") == files(tmp_path / "failing-local")
    with pytest.raises(TypeError, match="submit"):
        leyden.sweep(SWEEP, executor=3)


class Unreliable:
    """Runs at once; every third piece is lost."""

    class Future:
        def __init__(self, work):
            self.work = work

        def result(self):
            if self.work is None:
                raise ConnectionError("the worker is gone")
            return self.work()

    def __init__(self, lost):
        self.lost, self.count = lost, 0

    def submit(self, function, *arguments):
        self.count += 1
        return self.Future(None if self.lost(self.count) else lambda: function(*arguments))


def test_lost_pieces_are_given_out_again(tmp_path):
    leyden.sweep(SWEEP, tmp_path / "local")
    executor = Unreliable(lambda count: count % 3 == 0)
    leyden.sweep(SWEEP, tmp_path / "remote", executor=executor)
    assert files(tmp_path / "remote") == files(tmp_path / "local")
    with pytest.raises(leyden.LeydenError, match="failed 4 times: the worker is gone"):
        leyden.sweep(SWEEP, tmp_path / "never", executor=Unreliable(lambda count: True))
    # What was done stays, and the next call goes on.
    leyden.sweep(SWEEP, tmp_path / "never")
    assert files(tmp_path / "never") == files(tmp_path / "local")


def test_a_broken_pool_keeps_what_is_done(tmp_path):
    def kill(done, total):
        if done > 30:
            for process in list(pool._processes.values()):
                process.kill()

    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        with pytest.raises(leyden.LeydenError, match="takes no more points|failed 4 times"):
            leyden.sweep(LONG_SWEEP, tmp_path / "s", executor=pool, progress=kill)
    first = []
    leyden.sweep(LONG_SWEEP, tmp_path / "s", progress=lambda done, total: first.append(done))
    assert first[0] > 30


def test_a_driver_may_die(tmp_path):
    code = f"import leyden, concurrent.futures as c\nwith c.ThreadPoolExecutor(1) as pool:\n    leyden.sweep({LONG_SWEEP!r}, {str(tmp_path / 's')!r}, executor=pool)\n"
    driver = subprocess.Popen([sys.executable, "-c", code])
    journal = tmp_path / "s/shard-1-of-1.journal"
    while not journal.exists() or journal.stat().st_size < 30000:
        time.sleep(0.02)
        assert driver.poll() is None
    driver.kill()
    driver.wait()
    first = []
    ds = leyden.sweep(LONG_SWEEP, tmp_path / "s", progress=lambda done, total: first.append(done))
    assert first[0] > 0 and int((ds.status == 1).sum()) == 400


def test_a_cluster_of_dask_with_a_worker_that_is_killed(tmp_path):
    distributed = pytest.importorskip("distributed")
    leyden.sweep(LONG_SWEEP, tmp_path / "local")
    options = dict(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        pids = list(client.run(os.getpid).values())
        killed = []

        def kill_one(done, total):
            if not killed and done > 20:
                os.kill(pids[0], signal.SIGKILL)
                killed.append(done)

        leyden.sweep(LONG_SWEEP, tmp_path / "dask", executor=client, progress=kill_one)
    assert killed and files(tmp_path / "dask") == files(tmp_path / "local")
