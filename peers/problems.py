"""Problems as QuTiP solves them: each says in which ways it can be solved, and solves itself in one of them.

A way is a method and a form. Methods are QuTiP's integrators, and what an expert builds from QuTiP's Liouvillian with SciPy: `propagator` (one dense exponential for
the spacing of the times, applied again and again), `expm-multiply` (Al-Mohy and Higham's action of the exponential) and `scipy-bdf` (implicit, with the sparse Jacobian).
Forms are how operators are stored: the Liouvillian as `csr`, `dia` or `dense` matrix, `matrix ..` for operators on both sides of rho
(QuTiP's option `matrix_form`), and `reached`: only those elements of rho that the start reaches, found on the graph of the Liouvillian.
"""

import numpy as np
import scipy.integrate
import scipy.linalg
import scipy.sparse
import scipy.sparse.csgraph
import scipy.sparse.linalg
from qutip import MESolver, Qobj, liouvillian, mcsolve, mesolve, operator_to_vector, sesolve, ssesolve, steadystate, tensor

EXPLICIT = ("tsit5", "vern7", "vern9", "dop853", "adams", "bdf")
# Methods whose accuracy is that of rounding: there is nothing to tune.
EXACT = ("diag", "propagator", "expm-multiply", "direct", "power", "eigen", "svd", "solve", "eigs", "eigenvectors")
FORMS = ("dia", "dense", "reached", "matrix csr", "matrix dia", "matrix dense")
# Largest number of elements of rho for which dense matrices between them are tried.
DENSE = 1100


class NotApplicable(Exception):
    """A way that does not fit this problem."""


def integrator(method, tolerance):
    """The options of one of QuTiP's integrators."""
    quiet = {"progress_bar": "", "method": method}
    if method == "diag":
        return quiet
    if method == "krylov":
        return quiet | {"atol": tolerance, "krylov_dim": 20, "nsteps": 10**7}
    return quiet | {"rtol": tolerance, "atol": 0.1 * tolerance, "nsteps": 10**7}


def spacing(times):
    """The distance of even times."""
    steps = np.diff(times)
    if not np.allclose(steps, steps[0], rtol=1e-9):
        raise NotApplicable
    return steps[0]


class Linear:
    """dv/dt = L v from v0, and what rows read off v at the times."""

    # Columns, where v0 are several vectors.
    def __init__(self, generator, v0, rows, times):
        self.generator, self.v0, self.rows, self.times = generator.tocsr(), v0, rows, times

    def ways(self):
        methods = [*EXPLICIT, "expm-multiply", "scipy-bdf"] + (["propagator"] if len(self.v0) <= DENSE else [])
        return [(method, "reached") for method in methods]

    def other_forms(self):
        return ()

    def solve(self, method, form, tolerance):
        generator, v0, times = self.generator, self.v0, self.times
        if method == "propagator":
            step = scipy.linalg.expm(spacing(times) * generator.toarray())
            states = [v0]
            for _ in times[1:]:
                states.append(step @ states[-1])
            states = np.array(states)
        elif method == "expm-multiply":
            spacing(times)
            states = scipy.sparse.linalg.expm_multiply(
                generator, v0, start=times[0], stop=times[-1], num=len(times), endpoint=True, traceA=generator.trace()
            )
        elif method == "scipy-bdf":
            jacobian = generator.tocsc()
            result = scipy.integrate.solve_ivp(
                lambda _, v: generator @ v, times[[0, -1]], v0, method="BDF", t_eval=times, jac=jacobian, rtol=tolerance, atol=0.1 * tolerance
            )
            if not result.success:
                raise NotApplicable
            states = result.y.T
        else:
            options = integrator(method, tolerance) | {"normalize_output": False, "store_states": True}
            # Schroedinger's equation with H = iL is this one.
            states = sesolve(Qobj(1j * generator), Qobj(v0), times, options=options).states
            states = np.array([state.full()[:, 0] for state in states])
        return (self.rows @ states.T).real


def reached(generator, start):
    """Indices of the elements to which `start` leads."""
    graph = abs(generator).T.tocsr()
    found = np.flatnonzero(start).astype(np.int64)
    known = np.zeros(len(start), dtype=bool)
    while len(found):
        known[found] = True
        new = np.unique(graph[found].indices)
        found = new[~known[new]]
    return np.flatnonzero(known)


def reduced(generator, v0, rows, times):
    """A linear problem on the elements that are reached."""
    kept = reached(generator, v0)
    return Linear(generator[kept][:, kept], v0[kept], rows[:, kept], times)


class Problem:
    """A master equation and the expectation values of `observables` at its times. What takes long is tuned on the first `tuned_on` of its times. With
    `until` the peer runs up to that share of the times and what it takes is multiplied, which holds for explicit steps of one length. The reference is a way, or a smaller problem
    that is known to suffice."""

    def __init__(self, hamiltonian, rho0, jumps, observables, times, tuned_on=1.0, until=1.0, reference=("vern9", "csr", 1e-11), only=None):
        self.hamiltonian, self.rho0, self.jumps, self.observables = hamiltonian, rho0.to("dense"), jumps, observables
        self.skipped = int(times[0] > 0)
        self.times = np.concatenate([[0.0], times]) if self.skipped else times
        self.reference_way, self.tuned_on, self.until, self.only = reference, tuned_on, until, only
        if until < 1:
            self.times = self.times[: int(until * (len(times) - 1)) + 1]
        self.converted = {}

    @property
    def size(self):
        return self.hamiltonian.shape[0] ** 2

    def ways(self):
        if self.only:
            return list(self.only)
        methods = list(EXPLICIT)
        if not isinstance(self.hamiltonian, Qobj):
            return [(method, "csr") for method in methods]
        if self.size <= DENSE:
            methods += ["diag", "lsoda"]
        return [(method, "csr") for method in methods] + [(method, "reached") for method in ("propagator", "expm-multiply", "scipy-bdf")]

    def other_forms(self):
        if self.only:
            return ()
        constant = isinstance(self.hamiltonian, Qobj)
        return [form for form in FORMS if (form != "dense" or self.size <= DENSE) and (form != "reached" or constant)]

    def part(self):
        if self.tuned_on == 1.0:
            return self
        count = int(self.tuned_on * (len(self.times) - 1)) + 1
        smaller = isinstance(self.reference_way, Problem)
        reference = self.reference_way.part() if smaller else self.reference_way
        return Problem(self.hamiltonian, self.rho0, self.jumps, self.observables, self.times[:count], reference=reference, only=self.only)

    def reference(self):
        if isinstance(self.reference_way, Problem):
            return self.reference_way.reference()
        return self.solve(*self.reference_way)

    def operators(self, form):
        """H, jumps and observables as they are stored in this form, made beforehand."""
        if form not in self.converted:
            stored = form.removeprefix("matrix ")
            self.converted[form] = (
                self.hamiltonian.to(stored),
                [jump.to(stored) for jump in self.jumps],
                [observable.to("csr") for observable in self.observables],
            )
        return self.converted[form]

    def linear(self):
        """The equation for the elements that are reached."""
        generator = liouvillian(self.hamiltonian.to("csr"), [jump.to("csr") for jump in self.jumps]).data.as_scipy().tocsr()
        v0 = self.rho0.full().ravel("F")
        rows = scipy.sparse.csr_matrix(np.array([observable.full().ravel() for observable in self.observables]))
        linear = reduced(generator, v0, rows, self.times)
        return linear

    def solve(self, method, form, tolerance):
        if form == "reached":
            linear = self.linear()
            if method == "propagator" and len(linear.v0) > DENSE:
                raise NotApplicable
            return linear.solve(method, form, tolerance)[:, self.skipped :]
        hamiltonian, jumps, observables = self.operators(form)
        options = integrator(method, tolerance) | ({"matrix_form": True} if form.startswith("matrix") else {})
        result = mesolve(hamiltonian, self.rho0, self.times, jumps, e_ops=observables, options=options)
        return np.array(result.expect)[:, self.skipped :]


class Closed:
    """A ket without losses on cavity and ladder of cells: energy and ergotropy of the cells. Without a cavity the cells are all there is."""

    until, reference_way = 1.0, ("vern9", "csr", 1e-11)

    def __init__(self, hamiltonian, psi0, energies, times):
        self.hamiltonian, self.psi0, self.energies, self.times = hamiltonian, psi0.to("dense"), energies, times

    def ways(self):
        methods = [*EXPLICIT, "krylov"] + (["diag"] if len(self.psi0.full()) <= DENSE else [])
        return [(method, "csr") for method in methods] + [("expm-multiply", "csr")]

    def other_forms(self):
        return ("dia", "dense")

    def part(self):
        return self

    def reference(self):
        return self.solve(*self.reference_way)

    def solve(self, method, form, tolerance):
        hamiltonian = self.hamiltonian.to(form)
        if method == "expm-multiply":
            generator = -1j * hamiltonian.data.as_scipy()
            psi = scipy.sparse.linalg.expm_multiply(
                generator, self.psi0.full()[:, 0], start=self.times[0], stop=self.times[-1], num=len(self.times), endpoint=True, traceA=generator.trace()
            )
        else:
            states = sesolve(hamiltonian, self.psi0, self.times, options=integrator(method, tolerance)).states
            psi = np.stack([state.full() for state in states])
        psi = psi.reshape(len(self.times), -1, len(self.energies))
        energy = np.einsum("tcb,b->t", np.abs(psi) ** 2, self.energies)
        if psi.shape[1] == 1:
            # A pure state gives all it has.
            return np.array([energy, energy])
        # The lowest level takes the largest eigenvalue, the next one, as many levels as cells, all others.
        given = np.einsum("tci,tcj->tij", psi, psi.conj())
        largest = np.linalg.eigvalsh(given)[:, -1]
        return np.array([energy, energy - (1 - largest)])


class Counted(Linear):
    """A linear problem whose Liouvillian and reached elements are made beforehand, as PIQS makes them."""

    until, tuned_on = 1.0, 1.0

    def __init__(self, generator, v0, rows, times, reference=("expm-multiply", "reached", 0.0)):
        whole = reduced(generator, v0, rows, times)
        super().__init__(whole.generator, whole.v0, whole.rows, whole.times)
        self.reference_way = reference

    def part(self):
        return self

    def reference(self):
        return self.solve(*self.reference_way)


class Limit:
    """Expectation values in the stationary state of a Liouvillian by the methods of `steadystate`."""

    until = 1.0

    def __init__(self, generator, v0, observables):
        self.generator, self.v0, self.observables = generator.to("csr"), v0, observables

    def ways(self):
        ways = [("direct", "spsolve rcm"), ("power", "spsolve rcm")]
        # Of the cases beyond, these take minutes or do not converge.
        small = [("direct", "spsolve"), ("direct", "spsolve mmd"), ("direct", "gmres"), ("eigen", "sparse"), ("direct", "solve"), ("svd", "dense")]
        return ways + (small if len(self.v0) <= 2 * DENSE else [])

    def other_forms(self):
        return ()

    def part(self):
        return self

    def reference(self):
        # The equation for the trace stands at another place than in `steadystate`.
        return self.by_hand("dense" if len(self.v0) <= 2 * DENSE else "sparse")

    def solve(self, method, form, tolerance):
        solver, _, ordering = form.partition(" ")
        options = {"solver": solver} if method in ("direct", "power") else {"sparse": solver == "sparse"}
        options |= {"rcm": {"use_rcm": True}, "mmd": {"permc_spec": "MMD_AT_PLUS_A"}}.get(ordering, {})
        generator = self.generator.to("dense") if solver == "solve" else self.generator
        return self.read(steadystate(generator, method=method, **options).full().ravel("F"))

    def read(self, vector):
        return np.array([[(observable.full().ravel() @ vector).real] for observable in self.observables])

    def by_hand(self, form):
        """L rho = 0 between the elements that `v0` reaches; the trace stands in the place of the first population's equation."""
        generator, size = self.generator.data.as_scipy().tocsr(), int(np.sqrt(len(self.v0)))
        kept = reached(generator, self.v0)
        equations = generator[kept][:, kept].tolil()
        trace = np.eye(size).ravel()[kept]
        first = int(np.flatnonzero(trace)[0])
        equations[first] = trace
        right = np.zeros(len(kept), dtype=complex)
        right[first] = 1
        vector = np.zeros(len(self.v0), dtype=complex)
        if form == "dense":
            vector[kept] = np.linalg.solve(equations.toarray(), right)
        else:
            vector[kept] = scipy.sparse.linalg.spsolve(equations.tocsc(), right)
        return self.read(vector)


class LimitByHand(Limit):
    """The same by linear equations between the elements that are reached, which `steadystate` does not look for."""

    def ways(self):
        return [("solve", "sparse"), ("solve", "dense")]

    def reference(self):
        # The other way round than the one that wins.
        return self.by_hand("dense")

    def solve(self, method, form, tolerance):
        return self.by_hand(form)


class Slowest(Limit):
    """An expectation value in the limit and the slowest rate, by Arnoldi's method around a number close to zero."""

    def ways(self):
        return [("eigs", "shift-invert")]

    def reference(self):
        return self.solve("eigs", "shift-invert", 0.0)

    def solve(self, method, form, tolerance):
        size = int(np.sqrt(len(self.v0)))
        generator, near = self.generator.data.as_scipy().tocsr(), 1e-3
        # The order that keeps the decomposition sparse, as for `steadystate`.
        order = scipy.sparse.csgraph.reverse_cuthill_mckee(generator)
        ordered = generator[order][:, order].tocsc()
        lu = scipy.sparse.linalg.splu(ordered - near * scipy.sparse.identity(len(order), format="csc"), permc_spec="NATURAL")
        inverse = scipy.sparse.linalg.LinearOperator(ordered.shape, lu.solve, dtype=complex)
        values, vectors = scipy.sparse.linalg.eigs(ordered, k=6, sigma=near, OPinv=inverse)
        slowest = np.argsort(-values.real)
        rho = np.empty(len(order), dtype=complex)
        rho[order] = vectors[:, slowest[0]]
        rho = rho.reshape(size, size, order="F")
        energy = np.trace(self.observables[0].full() @ rho) / np.trace(rho)
        return np.array([[energy.real], [-values[slowest[1]].real]])


class Stages:
    """Energies at the ends of the stages of a protocol, each with a Hamiltonian of its own; after the first stage the charger is emptied."""

    until = 1.0

    def __init__(self, hamiltonians, durations, jumps, rho0, energy, cycles):
        self.hamiltonians, self.durations, self.jumps = hamiltonians, durations, jumps
        self.rho0, self.energy, self.cycles = rho0.to("dense"), energy, cycles

    def ways(self):
        return [(method, "csr") for method in EXPLICIT]

    def other_forms(self):
        return ("dia", "matrix csr", "matrix dia", "matrix dense")

    def part(self):
        return Stages(self.hamiltonians, self.durations, self.jumps, self.rho0, self.energy, max(2, self.cycles // 10))

    def reference(self):
        return self.solve("vern9", "csr", 1e-11)

    def solve(self, method, form, tolerance):
        stored = form.removeprefix("matrix ")
        options = integrator(method, tolerance) | ({"matrix_form": True} if form.startswith("matrix") else {})
        jumps = [jump.to(stored) for jump in self.jumps]
        # One object for all runs of a stage.
        solvers = [MESolver(hamiltonian.to(stored), jumps, options=options) for hamiltonian in self.hamiltonians]
        empty = self.rho0.ptrace(0)
        rho, energies = self.rho0, [(self.energy * self.rho0).tr().real]
        for _ in range(self.cycles):
            for stage, (solver, duration) in enumerate(zip(solvers, self.durations)):
                rho = solver.run(rho, [0.0, duration]).final_state
                energies.append((self.energy * rho).tr().real)
                if stage == 0:
                    rho = tensor(empty, rho.ptrace(1))
                    energies.append(energies[-1])
        return np.array([energies])


class DriveSweep:
    """Two qubits at many drives: energy and ergotropy of the cell. `propagator` takes the exponentials of all drives at once."""

    until = 1.0

    def __init__(self, drives, times, coupling, drive, jumps, rho0):
        self.drives, self.times, self.coupling, self.drive, self.jumps, self.rho0 = drives, times, coupling, drive, jumps, rho0

    def ways(self):
        return [(method, "csr") for method in ("propagator", "diag", *EXPLICIT, "lsoda")]

    def other_forms(self):
        return ()

    def part(self):
        return DriveSweep(self.drives[::50], self.times, self.coupling, self.drive, self.jumps, self.rho0)

    def reference(self):
        return self.solve("vern9", "csr", 1e-11)

    def solve(self, method, form, tolerance):
        if method == "propagator":
            still, driven = liouvillian(self.coupling, self.jumps).full(), liouvillian(self.drive).full()
            steps = scipy.linalg.expm(spacing(self.times) * (still + self.drives[:, None, None] * driven))
            vectors = [np.repeat(operator_to_vector(self.rho0).full()[None], len(self.drives), axis=0)]
            for _ in self.times[1:]:
                vectors.append(steps @ vectors[-1])
            # Columns are stacked: the last index is the row of rho.
            rho = np.array(vectors)[..., 0].reshape(len(self.times), len(self.drives), 2, 2, 2, 2)
            cell = np.einsum("tdcjci->dtij", rho).reshape(-1, 2, 2)
        else:
            cell = []
            for amplitude in self.drives:
                hamiltonian = self.coupling + amplitude * self.drive
                states = mesolve(hamiltonian, self.rho0, self.times, self.jumps, options=integrator(method, tolerance)).states
                cell.append(np.einsum("tcicj->tij", np.stack([state.full() for state in states]).reshape(-1, 2, 2, 2, 2)))
            cell = np.concatenate(cell)
        energy = cell[:, 1, 1].real
        # Levels 0 and 1: the passive energy is the smaller eigenvalue.
        return np.array([energy, energy - np.linalg.eigvalsh(cell)[:, 0]])


class SettlingMap:
    """Last time at which |E_B - E_B(inf)| of two qubits is 1/e of what it was, at many drives and dephasings. `eigenvectors`: all Liouvillians are
    diagonalised at once, E_B(t) is sampled until nothing can cross any more, and the last sign change is bisected."""

    until = 1.0
    SAMPLES, LATER = 2000, 60

    def __init__(self, drives, gammas, coupling, drive, jump, rho0, energy):
        self.drives, self.gammas, self.coupling, self.drive, self.jump, self.rho0, self.energy = drives, gammas, coupling, drive, jump, rho0, energy

    def ways(self):
        return [("eigenvectors", "dense")]

    def other_forms(self):
        return ()

    def part(self):
        return self

    def reference(self):
        # Twice as many samples, more halvings.
        return self.settling(2 * self.SAMPLES, 80)

    def solve(self, method, form, tolerance):
        return self.settling(self.SAMPLES, 30)

    def settling(self, samples, halvings):
        still, driven, noise = liouvillian(self.coupling).full(), liouvillian(self.drive).full(), liouvillian(None, [self.jump]).full()
        drives, gammas = (grid[..., None, None] for grid in np.meshgrid(self.drives, self.gammas, indexing="ij"))
        rates, modes = np.linalg.eig((still + drives * driven + gammas * noise).reshape(-1, *still.shape))
        carried = np.linalg.solve(modes, np.repeat(operator_to_vector(self.rho0).full()[None], len(modes), axis=0))[..., 0]
        weights = (self.energy.full().ravel() @ modes) * carried
        times = []
        for rate, weight in zip(rates, weights):
            moving = (np.abs(rate) > 1e-9) & (np.abs(weight) > 1e-13)
            rate, weight = rate[moving], weight[moving]
            deviation = lambda t: (np.exp(np.multiply.outer(t, rate)) @ weight).real
            threshold = abs(deviation(np.zeros(1))[0]) / np.e
            # Behind the last sample all modes together are below the threshold.
            last = np.max(np.log(len(rate) * np.abs(weight) / threshold) / -rate.real)
            t = np.linspace(0, last, samples)
            outside = np.flatnonzero(np.abs(deviation(t)) > threshold)[-1]
            low, high = t[outside], t[min(outside + 1, samples - 1)]
            for _ in range(halvings):
                middle = (low + high) / 2
                low, high = (middle, high) if abs(deviation(np.array([middle]))[0]) > threshold else (low, middle)
            times.append((low + high) / 2)
        return np.array([times])


class Drawn:
    """Kets under jumps or weak measurement whose mean is a master equation. Instead of an error there is the distance of the mean from the exact energy in standard
    errors. The peer draws `share` of the trajectories, and what that takes is multiplied."""

    COUNT = 1000

    def __init__(self, hamiltonian, psi0, jumps, energy, times, diffusion, share=1.0):
        self.hamiltonian, self.psi0, self.jumps = hamiltonian, psi0.to("dense"), jumps
        self.energy, self.times, self.diffusion, self.until = energy, times, diffusion, share

    def ways(self):
        if self.diffusion:
            return [(method, form) for method in ("platen", "rouchon", "explicit1.5") for form in ("csr", "dense")]
        return [(method, form) for method in ("adams", "tsit5", "vern7", "dop853") for form in ("csr", "dia", "dense")]

    def exact(self):
        result = mesolve(self.hamiltonian, self.psi0, self.times, self.jumps, e_ops=[self.energy], options=integrator("vern9", 1e-10))
        return np.array(result.expect[0])

    def solve(self, method, form, setting, count=None):
        """Means and standard errors of all trajectories; the setting is the step of a diffusion, and the tolerance between jumps."""
        count = count or int(self.until * self.COUNT)
        options = {"progress_bar": "", "map": "serial", "keep_runs_results": False, "method": method}
        operators = (self.hamiltonian.to(form), self.psi0, self.times, [jump.to(form) for jump in self.jumps])
        energy = [self.energy.to("csr")]
        if self.diffusion:
            result = ssesolve(*operators, e_ops=energy, ntraj=count, seeds=1, options=options | {"dt": setting})
        else:
            options |= {"rtol": setting, "atol": 0.01 * setting, "nsteps": 10**7}
            result = mcsolve(*operators, e_ops=energy, ntraj=count, seeds=1, options=options)
        return np.array(result.average_expect[0]), np.array(result.std_expect[0]) / np.sqrt(count)

    def score(self, means, errors, exact):
        """The root of the mean square distance in standard errors, where there are any."""
        if not np.isfinite(means).all():
            return float("inf")
        # Before something has jumped the spread says little.
        known = errors > 0.2 * errors.max()
        return float(np.sqrt(np.mean(((means - exact)[known] / errors[known]) ** 2)))
