#!/usr/bin/env python3
"""What sweeps cost on this machine: the numbers of docs/scale.md.

    cargo build --release && python3 peers/scale.py [--quick] [PART ...]

Parts are studies, store, resume, merge and executors (which needs the Python package with distributed). All stores are written below a
folder of their own in --scratch (default: the system's), which is removed. Times are seconds of the wall, CPU is that of all processes.
"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
LEYDEN = ROOT / "target/release/leyden"

#: Two axes of the same lengths as far as they go.
PLANE = """[sweep]
"{x}" = {{ from = {x_from}, to = {x_to}, points = {n} }}
"{y}" = {{ from = {y_from}, to = {y_to}, points = {m} }}
"""


def plane(x, x_range, y, y_range, points):
    n = max(1, round(points**0.5))
    return PLANE.format(x=x, x_from=x_range[0], x_to=x_range[1], y=y, y_from=y_range[0], y_to=y_range[1], n=n, m=max(1, points // n))


DRIVE, DEPHASING = ("drive.amplitude", (0.05, 2.0)), ("charger.dephasing", (0.05, 4.0))


def study(head, points, x=DRIVE, y=DEPHASING):
    return head + plane(*x, *y, points)


TIMES = "time = { end = 40.0, points = 401 }\n"
PAIR = "drive.amplitude = 0.5\ncharger.dephasing = 1.0\n"
MASER = "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\ndrive = 0.3\n"
HOT, COLD = ("engine.hot_temperature", (5.0, 12.0)), ("engine.cold_temperature", (1.0, 4.5))

#: Name, scenario of so many points, points.
STUDIES = [
    ("pair, limit and charging times", lambda n: study(PAIR, n), 200_000),
    ("pair, the same and 401 times", lambda n: study(PAIR + TIMES, n), 10_000),
    ("star of 100 cells, limit and charging times", lambda n: study(PAIR + "battery.cells = 100\n", n), 900),
    ("detuned pair with losses, 401 times", lambda n: study(PAIR + TIMES + "charger.detuning = 0.3\nbattery.relaxation = 0.1\n", n), 2_500),
    ("cavity on 10 cells, coherent start, 401 times", lambda n: study('charger.kind = "oscillator"\nbattery.cells = 10\ncoupling.strength = 1.0\ninitial.charger = { coherent = 3.0 }\ntime = { end = 10.0, points = 401 }\n', n, ("coupling.strength", (0.5, 2.0)), ("initial.charger.coherent", (0.5, 3.0))), 900),
    ("4 lossy cells, density matrix, 21 times", lambda n: study(PAIR + "charger.relaxation = 0.3\nbattery = { cells = 4, relaxation = 0.1 }\ntime = { end = 20.0, points = 21 }\n", n), 400),
]


def leyden(*arguments):
    """Seconds of the wall, of CPU, and the largest resident memory in MB."""
    begin = time.monotonic()
    process = subprocess.Popen([LEYDEN, *map(str, arguments)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(process.returncode)
    return time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def size(folder):
    """Megabytes and files of a folder."""
    files = [path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file()]
    return sum(files) / 1e6, len(files)


def written(folder, name, text):
    path = pathlib.Path(folder) / f"{name}.toml"
    path.write_text(text)
    return path


def studies(scratch, quick):
    print("| study | points | wall s | CPU s | points/s and core | MB | files |\n| --- | --- | --- | --- | --- | --- | --- |")
    for k, (name, text, points) in enumerate(STUDIES):
        points = max(100, points // 20) if quick else points
        scenario, out = written(scratch, f"study{k}", text(points)), scratch / f"study{k}"
        wall, cpu, _ = leyden("run", scenario, "--out", out, "--threads", 1, "--quiet")
        mb, files = size(out)
        print(f"| {name} | {points} | {wall:.1f} | {cpu:.1f} | {points / cpu:.0f} | {mb:.1f} | {files} |", flush=True)
        shutil.rmtree(out)


def store(scratch, quick):
    print("| points of a closed form | threads | wall s | CPU s | points/s | MB | files | peak MB |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    for points in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000, 10_000_000):
        scenario, out = written(scratch, "store", study(MASER, points, HOT, COLD)), scratch / "store"
        wall, cpu, peak = leyden("run", scenario, "--out", out, "--threads", 2, "--quiet")
        mb, files = size(out)
        print(f"| {points} | 2 | {wall:.1f} | {cpu:.1f} | {points / wall:.0f} | {mb:.1f} | {files} | {peak:.0f} |", flush=True)
        shutil.rmtree(out)


def resume(scratch, quick):
    print("| points | killed, finished by another call in s | called again when complete, s | opened in xarray, ms |\n| --- | --- | --- | --- |")
    for points in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000, 10_000_000):
        scenario, out = written(scratch, "resume", study(MASER, points, HOT, COLD)), scratch / "resume"
        process = subprocess.Popen([LEYDEN, "run", scenario, "--out", out, "--threads", "2", "--quiet"], stderr=subprocess.DEVNULL)
        half = None
        begin = time.monotonic()
        while process.poll() is None:
            time.sleep(0.01)
            if half is None and time.monotonic() - begin > 2e-6 * points:
                process.send_signal(signal.SIGKILL)
                process.wait()
                again = leyden("run", scenario, "--out", out, "--threads", 2, "--quiet")[0]
                half = again
        if half is None:
            half = float("nan")
        complete = leyden("run", scenario, "--out", out, "--threads", 2, "--quiet")[0]
        opened = xarray_ms(out)
        print(f"| {points} | {half:.1f} | {complete:.2f} | {opened} |", flush=True)
        shutil.rmtree(out)


def xarray_ms(folder):
    code = f"import time, xarray, zarr; xarray.open_zarr({str(folder)!r}); b = time.perf_counter(); xarray.open_zarr({str(folder)!r}); print(round(1e3 * (time.perf_counter() - b)))"
    for python in (ROOT / "target/python/bin/python", sys.executable):
        done = subprocess.run([python, "-c", code], capture_output=True, text=True) if os.path.exists(python) else None
        if done is not None and done.returncode == 0:
            return done.stdout.strip()
    return "xarray is not installed"


def merge(scratch, quick):
    print("| points | shards | folders merged, s | merged again, s | CPU s |\n| --- | --- | --- | --- | --- |")
    for points, shards in ((10_000, 10), (100_000, 20)) if quick else ((100_000, 20), (1_000_000, 100), (1_000_000, 1000), (10_000_000, 1000)):
        scenario = written(scratch, "merge", study(MASER, points, HOT, COLD))
        for k in range(1, shards + 1):
            leyden("run", scenario, "--out", scratch / "shards" / str(k), "--shard", f"{k}/{shards}", "--threads", 1, "--quiet")
        folders = sorted((scratch / "shards").iterdir())
        wall, cpu, _ = leyden("merge", scratch / "merged", *folders)
        same = leyden("merge", scratch / "merged")[0]
        print(f"| {points} | {shards} | {wall:.1f} | {same:.1f} | {cpu:.1f} |", flush=True)
        shutil.rmtree(scratch / "shards")
        shutil.rmtree(scratch / "merged")


EXECUTOR = """
import os, sys, time, distributed, leyden
scenario, out, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
if __name__ == "__main__":
    options = dict(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None)
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        client.run(lambda: __import__("leyden"))
        pieces, submit = [], client.submit
        client.submit = lambda *a, **k: pieces.append(submit(*a, **k)) or pieces[-1]
        begin = time.monotonic()
        leyden.sweep(scenario, out, executor=client, progress=False)
        wall = time.monotonic() - begin
        print(wall, len(pieces), sum(piece.result()[1] for piece in pieces))
"""


def executors(scratch, quick):
    points = 400 if quick else 8100
    scenario = written(scratch, "executor", STUDIES[-1][1](points))
    script = scratch / "executor.py"
    script.write_text(EXECUTOR)
    local = leyden("run", scenario, "--out", scratch / "local", "--threads", 1, "--quiet")
    print("| processes | wall s | of one | pieces | beside computing, ms per piece |\n| --- | --- | --- | --- | --- |")
    print(f"| the command, one thread | {local[0]:.1f} | | | |")
    one = None
    for workers in (1, 2):
        out = scratch / f"dask{workers}"
        done = subprocess.run([ROOT / "target/python/bin/python", script, scenario, out, str(workers)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        wall, pieces, computing = map(float, done.stdout.split())
        one = one or wall
        beside = 1e3 * (workers * wall - computing) / pieces
        print(f"| {workers} of Dask | {wall:.1f} | {one / wall:.2f} | {pieces:.0f} | {beside:.0f} |", flush=True)


PARTS = {"studies": studies, "store": store, "resume": resume, "merge": merge, "executors": executors}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="a tenth of the points and less")
    parser.add_argument("--scratch", help="where stores are written")
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part `{unknown[0]}`; known are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        for part in arguments.parts or PARTS:
            print(f"\n{part}\n", flush=True)
            PARTS[part](pathlib.Path(scratch), arguments.quick)


if __name__ == "__main__":
    main()
