"""leyden against QuTiP, side by side: one machine, one thread each, the same accuracy.

    python3 peers/compare.py [--quick] [CASE ...]

Makes its own environment in peers/.venv, builds `leyden-peers` and runs both sides in turn. Every QuTiP method is tried
on every case, its tolerance tuned until the largest error against a tight reference is just below ACCURACY; the fastest
one runs against leyden, which is tuned the same way. Closed systems are solved as kets (`sesolve`). No time is printed before the results of both sides agree with
the reference. Clocks run inside both processes, around the solution alone; medians are printed. In the cases of heat engines and of
the open chain QuTiP computes the energy, and leyden all figures of merit of the scenario beside this file. The table is kept in last_run.json.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
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
from qutip import (  # noqa: E402
    Qobj,
    basis,
    coherent,
    destroy,
    fock,
    fock_dm,
    mcsolve,
    mesolve,
    num,
    projection,
    qdiags,
    qeye,
    qzero,
    sesolve,
    sigmax,
    sigmay,
    sigmaz,
    ssesolve,
    tensor,
)

ACCURACY = 1e-6
METHODS = ("tsit5", "vern7", "vern9", "dop853", "adams", "bdf")
# Methods that form matrices of n^2 x n^2 numbers.
DENSE = ("diag", "lsoda")
REFERENCE = dict(method="vern9", atol=1e-12, rtol=1e-10)


class Problem:
    """A master equation and what is read off at its times."""

    def __init__(self, hamiltonian, rho0, jumps, observables, times, methods=METHODS):
        self.hamiltonian, self.rho0, self.jumps = hamiltonian, rho0, jumps
        self.observables, self.times, self.methods = observables, times, methods

    def solve(self, **options):
        result = mesolve(
            self.hamiltonian, self.rho0, self.times, self.jumps, e_ops=self.observables, options=silent(options)
        )
        return np.array(result.expect)

    def part(self):
        """What the methods are tuned on."""
        return self


class Closed(Problem):
    """A ket without losses on cavity and ladder of cells: their energy and ergotropy. Without a cavity the cells are all there is."""

    def __init__(self, hamiltonian, psi0, energies, times):
        super().__init__(hamiltonian, psi0, [], [], times, (*METHODS, "diag", "krylov"))
        self.energies = energies

    def solve(self, **options):
        states = sesolve(self.hamiltonian, self.rho0, self.times, options=silent(options)).states
        psi = np.stack([state.full() for state in states]).reshape(len(states), -1, len(self.energies))
        energy = np.einsum("tcb,b->t", np.abs(psi) ** 2, self.energies)
        if psi.shape[1] == 1:
            # A pure state gives all it has.
            return np.array([energy, energy])
        # The lowest level takes the largest eigenvalue, the next one, as many levels as cells, all others.
        reduced = np.einsum("tci,tcj->tij", psi, psi.conj())
        largest = np.linalg.eigvalsh(reduced)[:, -1]
        return np.array([energy, energy - (1 - largest)])


class Drawn:
    """Kets under jumps or weak measurement whose mean is a master equation: as many trajectories on both sides, the largest distance from the exact
    energy in standard errors instead of an error."""

    COUNT = 1000

    def __init__(self, hamiltonian, psi0, jumps, energy, times, diffusion):
        self.hamiltonian, self.psi0, self.jumps = hamiltonian, psi0, jumps
        self.energy, self.times, self.diffusion = energy, times, diffusion

    def exact(self):
        result = mesolve(self.hamiltonian, self.psi0, self.times, self.jumps, e_ops=[self.energy], options=silent(REFERENCE))
        return np.array(result.expect[0])

    def solve(self, step):
        """Means and standard errors; `step` of a diffusion."""
        options = {"progress_bar": "", "map": "serial", "keep_runs_results": False}
        arguments = (self.hamiltonian, self.psi0, self.times, self.jumps)
        if self.diffusion:
            result = ssesolve(*arguments, e_ops=[self.energy], ntraj=self.COUNT, seeds=1, options=options | {"dt": step})
        else:
            result = mcsolve(*arguments, e_ops=[self.energy], ntraj=self.COUNT, seeds=1, options=options)
        return np.array(result.average_expect[0]), np.array(result.std_expect[0]) / np.sqrt(self.COUNT)

    def scores(self, means, errors, exact):
        """The root of the mean square distance in standard errors, where there are any."""
        # Before something has jumped the spread says little.
        known = errors > 0.2 * errors.max()
        return float(np.sqrt(np.mean(((means - exact)[known] / errors[known]) ** 2)))


class Long(Problem):
    """A problem that takes long: tuned on the first fifth of its times."""

    def part(self):
        times = self.times[: len(self.times) // 5 + 1]
        return Problem(self.hamiltonian, self.rho0, self.jumps, self.observables, times, self.methods)


class DriveSweep:
    """Two qubits at many drives: energy and ergotropy of the cell."""

    methods = (*METHODS, *DENSE)

    def __init__(self, drives, times):
        self.drives, self.times = drives, times
        self.c, self.b = tensor(destroy(2), qeye(2)), tensor(qeye(2), destroy(2))
        self.rho0 = fock_dm([2, 2], [0, 0])

    def solve(self, **options):
        c, b = self.c, self.b
        coupling, drive, jumps = c.dag() * b + b.dag() * c, c + c.dag(), [c.dag() * c]
        energies, ergotropies = [], []
        for amplitude in self.drives:
            hamiltonian = coupling + amplitude * drive
            states = mesolve(hamiltonian, self.rho0, self.times, jumps, options=silent(options)).states
            rho = np.stack([state.full() for state in states]).reshape(-1, 2, 2, 2, 2)
            reduced = np.einsum("tcicj->tij", rho)
            energy = reduced[:, 1, 1].real
            energies.append(energy)
            # Levels 0 and 1: the passive energy is the smaller eigenvalue.
            ergotropies.append(energy - np.linalg.eigvalsh(reduced)[:, 0])
        return np.array([np.concatenate(energies), np.concatenate(ergotropies)])

    def part(self):
        return DriveSweep(self.drives[::50], self.times)


def silent(options):
    method = options["method"]
    return {"progress_bar": "", **({} if method == "diag" else {"nsteps": 10**7}), **options}


def cavity(levels, cells, coupling, terms):
    """Cavity and ladder of cells, H = n_C + n + g terms(a, J^-), and the energy of the cells."""
    a, lower = tensor(destroy(levels), qeye(cells + 1)), tensor(qeye(levels), ladder(cells))
    energy = tensor(qeye(levels), num(cells + 1))
    return a.dag() * a + energy + coupling * terms(a, lower), np.arange(cells + 1.0)


def tavis_cummings():
    """Ten cells and a coherent cavity without losses; tavis-cummings-10.toml. 40 levels hold all but 1e-11 of it."""
    hamiltonian, energies = cavity(40, 10, 1.0, lambda a, lower: a.dag() * lower + a * lower.dag())
    # Amplitudes as they are, not those of a cut displacement.
    psi0 = tensor(coherent(40, np.sqrt(10), method="analytic"), basis(11, 0))
    return Closed(hamiltonian, psi0, energies, np.linspace(0, 10, 401))


def dicke():
    """Six cells and a cavity with counter-rotating terms; dicke-6.toml. 110 levels err by less than 1e-7."""
    hamiltonian, energies = cavity(110, 6, 0.5, lambda a, lower: (a + a.dag()) * (lower + lower.dag()))
    return Closed(hamiltonian, tensor(fock(110, 6), basis(7, 0)), energies, np.linspace(0, 10, 401))


def farina_pair():
    """Two oscillators, the charger driven and in contact with a bath; farina-pair.toml. 22 levels each err by less than 1e-6."""
    a, b = tensor(destroy(22), qeye(22)), tensor(qeye(22), destroy(22))
    hamiltonian = a.dag() * b + b.dag() * a + 0.3 * (a + a.dag())
    return Long(hamiltonian, fock_dm([22, 22], [0, 0]), thermal(a, 0.2, 0.5), [b.dag() * b], np.linspace(0, 12, 81))


def chain():
    """The Ising chain of ten spins in a transverse field; `chain` of src/main.rs."""
    sites = 10
    place = lambda k, operator: tensor(*[operator if i == k else qeye(2) for i in range(sites)])
    energy = sum(place(k, num(2)) for k in range(sites))
    bonds = sum(place(k, sigmax()) * place(k + 1, sigmax()) for k in range(sites - 1))
    psi0 = tensor(*[basis(2, 0)] * sites)
    return Closed(energy + 0.9 * bonds, psi0, energy.diag().real, np.linspace(0, 10, 401))


def open_chain(sites):
    """A chain whose couplings fall with the distance, with local losses and dephasing; open-chain-6.toml."""
    place = lambda k, operator: tensor(*[operator if i == k else qeye(2) for i in range(sites)])
    # Level 1 is the excited one, as for `num`.
    x, y, z = sigmax(), sigmay(), -sigmaz()
    pairs = [(i, j) for i in range(sites) for j in range(i + 1, sites)]
    energy = sum(place(k, z / 2) for k in range(sites))
    bonds = sum(
        -0.2 / (j - i) * (place(i, x) * place(j, x) + place(i, y) * place(j, y) + 0.5 * place(i, z) * place(j, z))
        for i, j in pairs
    )
    field = sum(place(k, x) for k in range(sites))
    jumps = [np.sqrt(0.05) * place(k, destroy(2)) for k in range(sites)]
    jumps += [np.sqrt(0.02) * place(k, z) for k in range(sites)]
    rho0 = fock_dm([2] * sites, [0] * sites)
    return Problem(energy + bonds + field, rho0, jumps, [energy], np.linspace(0, 5, 101), METHODS + ("lsoda",))


def ladder(cells):
    """S^- of equal cells."""
    return Qobj(np.diag([np.sqrt(k * (cells + 1 - k)) for k in range(1, cells + 1)], 1)).to("csr")


def star(cells):
    c, b = tensor(destroy(2), qeye(cells + 1)), tensor(qeye(2), ladder(cells))
    hamiltonian = c.dag() * b + b.dag() * c + 0.5 * (c + c.dag())
    energy = tensor(qeye(2), num(cells + 1))
    return Long(hamiltonian, fock_dm([2, cells + 1], [0, 0]), [c.dag() * c], [energy], np.linspace(0, 40, 1001))


def thermal(lower, gamma, n):
    return [np.sqrt(gamma * (n + 1)) * lower, np.sqrt(gamma * n) * lower.dag()]


def jaynes_cummings():
    a, s = tensor(destroy(20), qeye(2)), tensor(qeye(20), destroy(2))
    hamiltonian = 0.1 * (a * s.dag() + a.dag() * s) + 0.07 * (a + a.dag())
    jumps = thermal(a, 0.05, 0.01) + thermal(s, 0.05, 0.01)
    return Problem(
        hamiltonian, fock_dm([20, 2], [0, 0]), jumps, [a.dag() * a, s.dag() * s], np.linspace(0, 200, 100)
    )


def kerr():
    a = destroy(50)
    number = a.dag() * a
    hamiltonian = 0.1 * number - 0.5 * 0.05 * a.dag() ** 2 * a**2 + 2 * (a + a.dag())
    return Problem(hamiltonian, fock_dm(50, 0), thermal(a, 1, 0.2), [number], np.linspace(0, 10, 100))


def two_oscillators():
    c, b = tensor(destroy(15), qeye(25)), tensor(qeye(15), destroy(25))
    n_c, n_b = c.dag() * c, b.dag() * b
    hamiltonian = 0.1 * n_c - 0.1 * n_b + c.dag() * b + b.dag() * c + 0.5 * (c + c.dag())
    return Long(hamiltonian, fock_dm([15, 25], [0, 0]), [np.sqrt(0.25) * n_c], [n_b, n_c], np.linspace(0, 10, 21))


def engines(cells):
    """Two three-level masers, all their levels, and the ladder of two cells; engines-2.toml."""
    place = lambda k, operator: tensor(*[operator if i == k else qeye(3) for i in range(cells)], qeye(cells + 1))
    hot, cold = 1 / np.expm1(10 / 10), 1 / np.expm1(9 / 5)
    a, b, c, d = hot, hot + 1, cold + 1, cold
    steady = qdiags(np.array([b * d, a * c, a * d]) / (b * d + a * c + a * d), 0)
    down = tensor(*[qeye(3)] * cells, ladder(cells))
    up = sum(place(k, projection(3, 1, 0)) for k in range(cells))
    hamiltonian = 1j * 0.3 / np.sqrt(cells) * (up * down - up.dag() * down.dag())
    jumps = [
        np.sqrt(rate) * place(k, projection(3, to, start))
        for k in range(cells)
        for rate, to, start in ((a, 2, 0), (b, 0, 2), (c, 1, 2), (d, 2, 1))
    ]
    energy = tensor(*[qeye(3)] * cells, num(cells + 1))
    rho0 = tensor(*[steady] * cells, fock_dm(cells + 1, 0))
    return Problem(hamiltonian, rho0, jumps, [energy], np.linspace(0, 60, 121))


def effective_ladder(cells):
    """A collective spin with two collapse operators; ladder-100.toml."""
    lower = ladder(cells)
    jumps = [lower, np.sqrt(np.exp(0.8)) * lower.dag()]
    return Problem(qzero(cells + 1), fock_dm(cells + 1, 0), jumps, [num(cells + 1)], np.linspace(0, 0.2, 101))


def drawn_pair(diffusion):
    """A dephased qubit on a qubit; pair-jumps.toml, pair-diffusion.toml."""
    c, b = tensor(destroy(2), qeye(2)), tensor(qeye(2), destroy(2))
    hamiltonian = c.dag() * b + b.dag() * c + 0.5 * (c + c.dag())
    psi0 = tensor(basis(2, 0), basis(2, 0))
    return Drawn(hamiltonian, psi0, [c.dag() * c], b.dag() * b, np.linspace(0, 40, 401), diffusion)


def drawn_kerr(diffusion):
    """The driven oscillator of `kerr`; kerr-jumps.toml, kerr-diffusion.toml."""
    problem = kerr()
    return Drawn(problem.hamiltonian, basis(50, 0), problem.jumps, problem.observables[0], problem.times, diffusion)


CASES = {
    "drive-sweep": lambda: DriveSweep(np.linspace(0.05, 5, 1000), np.linspace(0, 40, 101)),
    "star-100": lambda: star(100),
    "jaynes-cummings": jaynes_cummings,
    "kerr": kerr,
    "two-oscillators": two_oscillators,
    "engines-2": lambda: engines(2),
    "ladder-100": lambda: effective_ladder(100),
    "tavis-cummings-10": tavis_cummings,
    "dicke-6": dicke,
    "farina-pair": farina_pair,
    "chain-10": chain,
    "open-chain-6": lambda: open_chain(6),
    "pair-jumps": lambda: drawn_pair(False),
    "kerr-jumps": lambda: drawn_kerr(False),
    "pair-diffusion": lambda: drawn_pair(True),
    "kerr-diffusion": lambda: drawn_kerr(True),
}


# What the book calls them.
TITLES = {
    "drive-sweep": "1000 drives x 101 times, two qubits, energy and ergotropy",
    "star-100": "star of 100 cells, 1001 energies",
    "jaynes-cummings": "driven damped Jaynes-Cummings, 40 levels",
    "kerr": "driven Kerr oscillator, 50 levels",
    "two-oscillators": "two detuned oscillators, 375 levels",
    "engines-2": "two engines on two cells with all levels, 121 times",
    "ladder-100": "effective ladder of 100 cells, 101 times",
    "tavis-cummings-10": "coherent cavity on 10 cells, 401 times, energy and ergotropy",
    "dicke-6": "Dicke battery of 6 cells, 401 times, energy and ergotropy",
    "farina-pair": "two oscillators, one lossy and driven, 81 times",
    "chain-10": "Ising chain of 10 spins, 401 times to 10, energy and ergotropy",
    "open-chain-6": "open chain of 6 qubits with local noise, as text, 101 times",
    "pair-jumps": "1000 jump trajectories of a dephased pair, 401 times to 40",
    "kerr-jumps": "1000 jump trajectories of the driven Kerr oscillator, 100 times",
    "pair-diffusion": "1000 diffusive trajectories of a dephased pair, 401 times to 40",
    "kerr-diffusion": "1000 diffusive trajectories of the driven Kerr oscillator, 100 times",
}
# The table of the last run, from which the book makes its own: cases that were not run keep what they had.
LAST_RUN = HERE / "last_run.json"


class Ours:
    """The cases of the `leyden-peers` executable."""

    def __init__(self):
        build = ["cargo", "build", "--release", "--workspace", "--bin", "leyden-peers"]
        build += ["--message-format=json-render-diagnostics"]
        output = subprocess.run(build, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
        messages = map(json.loads, output.splitlines())
        self.executable = next(m["executable"] for m in messages if m.get("executable"))

    def solve(self, case, tolerance, repeats=1):
        """(values, seconds of every repeat, method)"""
        scenario = HERE / f"{case}.toml"
        command = [self.executable, scenario if scenario.exists() else case, str(repeats), repr(tolerance)]
        answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        return np.array(answer["values"]), answer["seconds"], answer["method"]


def clocked(run):
    start = time.perf_counter()
    values = run()
    return values, time.perf_counter() - start


def error_of(values, reference):
    # Ours may know more than is compared.
    return float(np.abs(values[: len(reference)] - reference).max())


def tuned(run, reference, tolerance=1e-3, patience=float("inf")):
    """(tolerance, seconds) of `run(tolerance) -> (values, seconds)` that just reaches the accuracy, or None."""
    while tolerance > 1e-14:
        values, seconds = run(tolerance)
        error = error_of(values, reference)
        if error < ACCURACY:
            return tolerance, seconds
        if seconds > patience:
            return None
        tolerance *= min(0.5, max(1e-3, 0.3 * ACCURACY / error))
    return None


def options_of(method, tolerance):
    if method == "krylov":
        return {"method": method, "atol": tolerance, "krylov_dim": 20}
    return {"method": method, **({} if method == "diag" else {"rtol": tolerance, "atol": 0.1 * tolerance})}


def best_options(problem):
    """The fastest options of mesolve that reach the accuracy."""
    part = problem.part()
    reference = part.solve(**REFERENCE)
    best, fastest = None, float("inf")

    def consider(options):
        nonlocal best, fastest

        def run(tolerance):
            return clocked(lambda: part.solve(**options, **options_of(method, tolerance)))

        found = tuned(run, reference, patience=2 * fastest)
        if found and found[1] < fastest:
            best, fastest = {**options, **options_of(method, found[0])}, found[1]

    for method in problem.methods:
        consider({})
    method = best["method"]
    if isinstance(problem, Problem) and not problem.jumps:
        return best
    if method != "diag":
        consider({"matrix_form": True})
    return best


def named(options):
    tolerance = f", rtol {options['rtol']:.0e}" if "rtol" in options else ""
    if options["method"] == "krylov":
        tolerance = f", atol {options['atol']:.0e}"
    return options["method"] + (", matrix form" if "matrix_form" in options else "") + tolerance


# What a mean of 1000 may be off, in standard errors of which the root of the mean square is taken.
MOST_SCORE = 2.0


def compare_drawn(case, problem, ours, quick):
    """As many trajectories on both sides; ours have figures of merit and their errors as well."""
    exact = problem.exact()
    step, score = 0.1, float("inf")
    while score > MOST_SCORE:
        step /= 2
        if step < 1e-4:
            sys.exit(f"{case}: QuTiP does not agree with the master equation")
        (means, errors), once = clocked(lambda: problem.solve(step))
        score = problem.scores(means, errors, exact) if np.isfinite(means).all() else float("inf")
        print(f"{case}: QuTiP {once:.1f} s, {score:.2f} standard errors", flush=True)
        if not problem.diffusion and score > MOST_SCORE:
            sys.exit(f"{case}: QuTiP does not agree with the master equation")
    values, _, method = ours.solve(case, 1e-8)
    # Ours is held against its neighbour's errors, which are those of the same number of trajectories.
    our_score = problem.scores(values[0], errors, exact)
    if our_score > MOST_SCORE:
        sys.exit(f"{case}: leyden does not agree with the master equation, by {our_score:.2f}")
    theirs = [once] + [clocked(lambda: problem.solve(step))[1] for _ in range(0 if quick else 2)]
    mine = ours.solve(case, 1e-8, repeats=5)[1]
    theirs, mine = statistics.median(theirs), statistics.median(mine)
    options = f"ssesolve, dt {step:.3g}" if problem.diffusion else "mcsolve"
    row = (case, options, milliseconds(theirs), method, milliseconds(mine), f"{theirs / mine:.1f}")
    return (*row, f"{score:.1f} s.e.", f"{our_score:.1f} s.e.")


def compare(case, ours, quick):
    problem = CASES[case]()
    if isinstance(problem, Drawn):
        return compare_drawn(case, problem, ours, quick)
    reference = problem.solve(**REFERENCE)

    options = best_options(problem)
    values, once = clocked(lambda: problem.solve(**options))
    while (peer_error := error_of(values, reference)) >= ACCURACY and "rtol" in options:
        options |= options_of(options["method"], 0.3 * options["rtol"])
        values, once = clocked(lambda: problem.solve(**options))

    def our_run(tolerance):
        values, seconds, _ = ours.solve(case, tolerance)
        return values, statistics.median(seconds)

    found = tuned(our_run, reference)
    if found is None:
        sys.exit(f"{case}: leyden does not reach the accuracy")
    tolerance = found[0]
    values, _, method = ours.solve(case, tolerance)
    our_error = error_of(values, reference)
    print(f"{case}: largest errors QuTiP {peer_error:.1e}, leyden {our_error:.1e}", flush=True)
    if not (peer_error < ACCURACY and our_error < ACCURACY):
        sys.exit(f"{case}: the two sides do not agree")

    rounds = max(3, min(9, int(20 / once))) if not quick else 2
    theirs, mine = [], []
    for _ in range(rounds):
        theirs.append(clocked(lambda: problem.solve(**options))[1])
        mine.extend(ours.solve(case, tolerance, repeats=3)[1])
    theirs, mine = statistics.median(theirs), statistics.median(mine)
    row = (case, named(options), milliseconds(theirs), method, milliseconds(mine), f"{theirs / mine:.1f}")
    return (*row, f"{peer_error:.0e}", f"{our_error:.0e}")


def milliseconds(seconds):
    return f"{1e3 * seconds:.4g}"


def keep(rows):
    """Puts the rows of this run into LAST_RUN, in the order of CASES."""
    kept = {row["case"]: row for row in json.loads(LAST_RUN.read_text())}
    for case, method, ms, our_method, our_ms, ratio, *_ in rows:
        kept[case] = {
            "case": case,
            "title": TITLES[case],
            "qutip": {"version": qutip.__version__, "method": method, "ms": ms},
            "leyden": {"method": our_method, "ms": our_ms},
            "ratio": ratio,
            "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
            "date": datetime.date.today().isoformat(),
        }
    LAST_RUN.write_text(json.dumps([kept[case] for case in CASES if case in kept], indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two rounds instead of three to nine")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    arguments = parser.parse_args()
    for case in arguments.cases:
        if case not in CASES:
            parser.error(f"there is no case `{case}`; known are {', '.join(CASES)}")
    ours = Ours()
    print(f"QuTiP {qutip.__version__}, numpy {np.__version__}, one thread, errors below {ACCURACY:.0e}")
    head = ("case", "QuTiP, best method", "ms", "leyden", "ms", "ratio", "error QuTiP", "error leyden")
    rows = [compare(case, ours, arguments.quick) for case in arguments.cases or CASES]
    keep(rows)
    widths = [max(map(len, column)) for column in zip(head, *rows)]
    print()
    for row in (head, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


if __name__ == "__main__":
    main()
