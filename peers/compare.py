"""leyden against QuTiP and dynamiqs, side by side: one machine, one thread each, the same accuracy, CPU time.

    python3 peers/compare.py [--quick] [CASE ...]

Makes its own environment in peers/.venv, builds `leyden-peers` and measures the cases of cases.py, or those that are named. Every way to solve a case with QuTiP
(methods and forms: problems.py) is tried, its tolerance tuned until the largest error against a tight reference is just below ACCURACY; the fastest one runs against leyden, which is
tuned the same way, and in five cases against dynamiqs. No time is printed before the results of all sides agree with the reference. Both sides run in turn; the ratio is the median of
those of the rounds. Clocks count the CPU time of the process around the solution alone.

What stands outside the clock: operators, initial states and times of QuTiP and dynamiqs, the Liouvillian of PIQS, compilation of dynamiqs; of leyden operators and initial states of library cases and the reading of a
scenario. Inside are the Liouvillian of QuTiP, and of leyden the model with its matrices, the generator and the choice of the method. In scenarios leyden computes all figures of merit of the states, QuTiP
the energy alone unless the title says more.

A full run writes last_run.json, from which docs/compare.md makes its table; named cases are put into it.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import sys
import time
import venv
import warnings

HERE = pathlib.Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[threads] = "1"

if pathlib.Path(sys.prefix).resolve() != ENVIRONMENT:
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    requirements = HERE / "requirements.txt"
    installed = ENVIRONMENT / "installed.txt"
    if not installed.exists() or installed.read_text() != requirements.read_text():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        installed.write_text(requirements.read_text())
    sys.exit(subprocess.run([python, __file__, *sys.argv[1:]]).returncode)

warnings.filterwarnings("ignore", message="matplotlib not found")
import numpy as np  # noqa: E402
import qutip  # noqa: E402

import with_dynamiqs  # noqa: E402
from cases import CASES  # noqa: E402
from problems import EXACT, Drawn, NotApplicable  # noqa: E402

ACCURACY = 1e-6
# What a mean of trajectories may be off, in standard errors of which the root of the mean square is taken.
MOST_SCORE = 2.0
LAST_RUN = HERE / "last_run.json"


class Disagreement(Exception):
    """A side that does not reach the accuracy."""


class TooLong(Exception):
    """A way that is slower than another one, or a case that takes minutes."""


class Ours:
    """The cases of the `leyden-peers` executable."""

    def __init__(self):
        build = ["cargo", "build", "--release", "--workspace", "--bin", "leyden-peers"]
        build += ["--message-format=json-render-diagnostics"]
        output = subprocess.run(build, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
        messages = map(json.loads, output.splitlines())
        self.executable = next(m["executable"] for m in messages if m.get("executable"))

    def solve(self, case, tolerance, repeats=0):
        """(values, seconds of every repeat after a warm run, method); without repeats the seconds of the first run."""
        command = [self.executable, case.leyden, str(repeats), repr(tolerance)]
        finished = subprocess.run(command, cwd=HERE / "scenarios", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if finished.returncode:
            raise Disagreement(f"leyden: {finished.stderr.strip()}")
        answer = json.loads(finished.stdout)
        return np.array(answer["values"]), answer["seconds"], answer["method"]


def clocked(run, most=float("inf")):
    """What `run` gives and the CPU time that it takes; TooLong after `most` seconds, where the system can interrupt."""

    stopped = []

    def stop(*_):
        stopped.append(True)
        raise TooLong

    limited = most < float("inf") and hasattr(signal, "SIGPROF")
    if limited:
        signal.signal(signal.SIGPROF, stop)
        signal.setitimer(signal.ITIMER_PROF, most)
    try:
        start = time.process_time()
        values = run()
        return values, time.process_time() - start
    except Exception as error:
        # Solvers say in their own words that they were interrupted.
        if stopped:
            raise TooLong from error
        raise
    finally:
        if limited:
            signal.setitimer(signal.ITIMER_PROF, 0)


def error_of(values, reference):
    # Ours may know more than is compared, and go on for longer.
    values = values[: reference.shape[0], : reference.shape[1]]
    return float(np.abs(values - reference).max())


def tuned(run, reference, patience=float("inf"), tolerance=1e-3):
    """(tolerance, seconds, error) of `run(tolerance) -> (values, seconds)` that just reaches the accuracy, or None."""
    while tolerance > 1e-14:
        values, seconds = run(tolerance)
        error = error_of(values, reference)
        if error < ACCURACY:
            return tolerance, seconds, error
        if seconds > patience:
            return None
        tolerance *= min(0.5, max(1e-3, 0.3 * ACCURACY / error)) if np.isfinite(error) else 1e-2
    return None


def fastest(solver, reference, ways, best=None, warm=False):
    """The fastest way of `solver` that reaches the accuracy: (method, form, tolerance, seconds)."""
    for method, form in ways:
        patience = 1.5 * best[3] if best else float("inf")
        # What has not ended after so long will not win.
        most = 1.5 * best[3] + 0.1 if best else 60.0

        def run(tolerance):
            solve = lambda: solver.solve(method, form, tolerance)
            values, seconds = clocked(solve, float("inf") if warm else most)
            return clocked(solve) if warm or seconds < 0.02 else (values, seconds)

        try:
            if method in EXACT:
                values, seconds = run(0.0)
                found = (0.0, seconds) if error_of(values, reference) < ACCURACY else None
            else:
                found = tuned(run, reference, patience)
        except (NotApplicable, TooLong):
            continue
        except Exception as error:  # noqa: BLE001  a solver that gives up is no way
            print(f"  {method}, {form}: {type(error).__name__}: {str(error)[:100]}", flush=True)
            continue
        if found and (best is None or found[1] < best[3]):
            best = (method, form, *found[:2])
    return best


def best_way(problem):
    part = problem.part()
    reference = part.reference()
    best = fastest(part, reference, part.ways())
    if best and best[0] not in EXACT and best[1] == "csr":
        best = fastest(part, reference, [(best[0], form) for form in part.other_forms()], best)
    if best is None:
        raise Disagreement("QuTiP does not reach the accuracy")
    return best


def reaching(solver, way, reference):
    """The way with a tolerance that reaches the accuracy on the whole problem, its error and its time."""
    method, form, tolerance, _ = way
    while True:
        values, once = clocked(lambda: solver.solve(method, form, tolerance))
        error = error_of(values, reference)
        if error < ACCURACY:
            return tolerance, error, once
        if method in EXACT or tolerance < 1e-13:
            raise Disagreement(f"{method} errs by {error:.1e}")
        tolerance *= 0.3


def named(method, form, tolerance):
    return f"{method}, {form}" + ("" if method in EXACT else f", tol {tolerance:.0e}")


def repeats_for(seconds):
    """How often ours runs in a round: for 0.1 s at least; what takes longer than a second needs no warm run."""
    return 0 if seconds > 1 else max(1, min(200, int(0.1 / seconds)))


def in_turn(ours, case, tolerance, once, ours_once, others, quick):
    """(seconds of ours, [(seconds, ratio) of each other side]): medians over rounds in which all run in turn."""
    rounds = 2 if quick else max(3, min(9, int(6 / (once + ours_once))))
    repeats = repeats_for(ours_once)
    mine, theirs = [], [[] for _ in others]
    for _ in range(rounds):
        for list_, other in zip(theirs, others):
            list_.append(clocked(other)[1])
        mine.append(statistics.median(ours.solve(case, tolerance, repeats)[1]))
    medians = [(statistics.median(list_), statistics.median(t / m for t, m in zip(list_, mine))) for list_ in theirs]
    return statistics.median(mine), medians


def side(method, seconds, ratio, error):
    return {"method": method, "ms": f"{1e3 * seconds:.4g}", "ratio": f"{ratio:.3g}", "error": error}


def compare_drawn(case, problem, ours, quick):
    """As many trajectories on both sides; ours have figures of merit and their errors as well. Ways are tried on 50 trajectories."""
    exact, best = problem.exact(), None
    settings = [0.1, 0.05, 0.025, 0.0125, 0.00625] if problem.diffusion else [1e-3, 1e-5]
    count = max(20, int(0.05 * problem.COUNT))
    for method, form in problem.ways():
        for setting in settings:
            most = 1.5 * best[3] + 0.1 if best else 60.0
            try:
                (means, errors), seconds = clocked(lambda: problem.solve(method, form, setting, count), most)
            except TooLong:
                break
            except Exception as error:  # noqa: BLE001
                print(f"  {method}, {form}, {setting}: {type(error).__name__}: {str(error)[:100]}", flush=True)
                continue
            if problem.score(means, errors, exact) < MOST_SCORE:
                if best is None or seconds < best[3]:
                    best = (method, form, setting, seconds)
                break
    if best is None:
        raise Disagreement("QuTiP does not agree with the master equation")
    method, form, setting, _ = best
    while True:
        (means, errors), once = clocked(lambda: problem.solve(method, form, setting))
        score = problem.score(means, errors, exact)
        print(f"  QuTiP {method}, {form}, {setting:.3g}: {once:.1f} s, {score:.2f} standard errors", flush=True)
        if score < MOST_SCORE:
            break
        setting /= 2 if problem.diffusion else 10
        if setting < 1e-8:
            raise Disagreement("QuTiP does not agree with the master equation")
    values, [our_once], our_method = ours.solve(case, 1e-8)
    # Ours is held against its neighbour's errors, as many trajectories as ours has.
    our_score = problem.score(values[0], errors * np.sqrt(problem.until), exact)
    if our_score > MOST_SCORE:
        raise Disagreement(f"leyden is off by {our_score:.2f} standard errors")
    run = lambda: problem.solve(method, form, setting)
    mine, [(seconds, ratio)] = in_turn(ours, case, 1e-8, once, our_once, [run], quick)
    what = f"{'ssesolve' if problem.diffusion else 'mcsolve'} {method}, {form}, {'dt' if problem.diffusion else 'tol'} {setting:.3g}"
    what += share(problem, "trajectories")
    row = {"qutip": side(what, seconds / problem.until, ratio / problem.until, f"{score:.1f} s.e.")}
    return row | {"leyden": {"method": our_method, "ms": f"{1e3 * mine:.4g}", "error": f"{our_score:.1f} s.e."}}


def share(problem, what):
    return f"; {1e2 * problem.until:.3g} % of the {what}, multiplied" if problem.until < 1 else ""


def compare_alone(case, ours):
    """Ours alone, against itself at the smallest tolerance."""
    reference, _, _ = ours.solve(case, 1e-12)
    tolerance, error, once, method = reaching_ours(ours, case, reference)
    seconds = ours.solve(case, tolerance, max(3, repeats_for(once)))[1]
    return {"leyden": {"method": method, "ms": f"{1e3 * statistics.median(seconds):.4g}", "error": f"{error:.0e}"}}


def reaching_ours(ours, case, reference):
    """(tolerance, error, seconds, method) of leyden where it just reaches the accuracy."""
    method = None

    def run(tolerance):
        nonlocal method
        values, [seconds], method = ours.solve(case, tolerance)
        return values, seconds

    found = tuned(run, reference)
    if found is None:
        raise Disagreement("leyden does not reach the accuracy")
    tolerance, seconds, error = found
    return tolerance, error, seconds, method


def compare(case, ours, quick):
    if case.make is None:
        return compare_alone(case, ours)
    problem = case.make()
    if isinstance(problem, Drawn):
        return compare_drawn(case, problem, ours, quick)
    reference = problem.reference()
    way = best_way(problem)
    tolerance, error, once = reaching(problem, way, reference)
    peers = [("qutip", named(way[0], way[1], tolerance) + share(problem, "times"), error, lambda: problem.solve(way[0], way[1], tolerance))]

    our_tolerance, our_error, our_once, our_method = reaching_ours(ours, case, reference)
    if case.dynamiqs:
        other = with_dynamiqs.Warm(problem)
        found = fastest(other, reference, other.ways(), warm=True)
        if found is None:
            raise Disagreement("dynamiqs does not reach the accuracy")
        warm_tolerance, warm_error, _ = reaching(other, found, reference)
        peers.append(("dynamiqs", named(found[0], found[1], warm_tolerance), warm_error, lambda: other.solve(found[0], found[1], warm_tolerance)))
    print("  errors " + ", ".join(f"{name} {error:.1e}" for name, _, error, _ in peers) + f", leyden {our_error:.1e}", flush=True)

    mine, theirs = in_turn(ours, case, our_tolerance, once, our_once, [run for *_, run in peers], quick)
    row = {"leyden": {"method": our_method, "ms": f"{1e3 * mine:.4g}", "error": f"{our_error:.0e}"}}
    for (name, method, error, _), (seconds, ratio) in zip(peers, theirs):
        times = problem.until if name == "qutip" else 1.0
        # A way that is the reference itself says nothing of its error.
        text = "reference" if name == "qutip" and is_reference(problem, way) else f"{error:.0e}"
        row[name] = side(method, seconds / times, ratio / times, text)
    return row


def is_reference(problem, way):
    reference = getattr(problem, "reference_way", None)
    return isinstance(reference, tuple) and reference[:2] == way[:2]


def versions():
    return {"qutip": qutip.__version__, "dynamiqs": with_dynamiqs.dq.__version__, "numpy": np.__version__}


def keep(name, row):
    """Puts a row into LAST_RUN, in the order of CASES."""
    kept = {row["case"]: row for row in json.loads(LAST_RUN.read_text())}
    case = CASES[name]
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    about = {"machine": machine, "date": datetime.date.today().isoformat(), "versions": versions()}
    kept[name] = {"case": name, "title": case.title, "kind": case.kind} | row | about
    LAST_RUN.write_text(json.dumps([kept[name] for name in CASES if name in kept], indent=1) + "\n")


def cells(name, row):
    """A row of the table."""
    peer, warm = ({"method": "", "ms": "", "ratio": "", "error": ""} | row.get(side, {}) for side in ("qutip", "dynamiqs"))
    leyden = row["leyden"]
    texts = (name, peer["method"], peer["ms"], leyden["method"], leyden["ms"], peer["ratio"], peer["error"], leyden["error"])
    return (*texts, warm["method"], warm["ms"], warm["ratio"])


def means(rows):
    """Geometric mean and least of the ratios of each kind."""
    for kind in dict.fromkeys(CASES[name].kind for name in rows):
        for peer in ("qutip", "dynamiqs"):
            ratios = {name: float(row[peer]["ratio"]) for name, row in rows.items() if CASES[name].kind == kind and peer in row}
            if ratios:
                least = min(ratios, key=ratios.get)
                mean = statistics.geometric_mean(ratios.values())
                print(f"{kind}: {len(ratios)} cases, {mean:.1f} times {peer} in the geometric mean, at least {ratios[least]:.1f} ({least})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two rounds instead of three to nine")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    arguments = parser.parse_args()
    for case in arguments.cases:
        if case not in CASES:
            parser.error(f"there is no case `{case}`; known are {', '.join(CASES)}")
    ours = Ours()
    print(", ".join(f"{name} {version}" for name, version in versions().items()) + f", one thread, errors below {ACCURACY:.0e}")
    rows, failed = {}, {}
    for name in arguments.cases or CASES:
        start = time.perf_counter()
        print(f"{name}:", flush=True)
        try:
            rows[name] = compare(CASES[name], ours, arguments.quick)
        except Disagreement as why:
            failed[name] = why
            print(f"  {why}", flush=True)
            continue
        keep(name, rows[name])
        ratio = rows[name].get("qutip", {}).get("ratio", "no peer")
        print(f"  {' | '.join(filter(None, cells(name, rows[name])[1:]))}  [{ratio}; {time.perf_counter() - start:.0f} s]", flush=True)
    head = ("case", "QuTiP, best way", "ms", "leyden", "ms", "ratio", "error QuTiP", "error leyden", "dynamiqs, best way", "ms", "ratio")
    table = [cells(name, row) for name, row in rows.items()]
    widths = [max(map(len, column)) for column in zip(head, *table)]
    print()
    for row in (head, ["-" * width for width in widths], *table):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
    print()
    means(rows)
    for name, why in failed.items():
        print(f"{name}: {why}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
