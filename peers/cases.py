"""The cases of compare.py: what each is called, what leyden runs, and what the peers run. Operators of peers are made here, outside the clock.

Level 0 is the lowest one everywhere: `destroy` and `num` of two levels are sigma^- and the excited population.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from qutip import (
    Qobj,
    QobjEvo,
    basis,
    coherent,
    destroy,
    fock,
    fock_dm,
    liouvillian,
    num,
    operator_to_vector,
    projection,
    qdiags,
    qeye,
    qzero,
    sigmax,
    sigmay,
    sigmaz,
    tensor,
)
from qutip.piqs.piqs import Dicke, jspin, state_degeneracy

from problems import EXPLICIT, Closed, Counted, Drawn, DriveSweep, Limit, LimitByHand, Problem, SettlingMap, Slowest, Stages


# What is so large that only these were near each other, and a reference.
MATRICES = [(method, form) for method in ("tsit5", "vern7") for form in ("matrix csr", "matrix dia", "reached")]
TIGHT = ("vern9", "matrix csr", 1e-10)
# Stiff problems, whose Liouvillian is sparse: what gets to the end at all.
STIFF = [("scipy-bdf", "reached"), ("tsit5", "csr"), ("vern7", "dia"), ("bdf", "csr"), ("expm-multiply", "reached")]


@dataclass
class Case:
    """`leyden` is a scenario of the folder `scenarios`, with `limit:` or `spectrum:` in front what is read of it, or a case of src/main.rs. Kinds: `general` cases run by leyden's general
    methods, `exact` ones by methods made for their structure, `limit` and `drawn`, and `alone` where no peer has a way."""

    title: str
    leyden: str
    kind: str
    make: Callable | None = None
    dynamiqs: bool = False


def ladder(cells, levels=2):
    """S^- of equal cells, each a spin of so many levels."""
    top = cells * (levels - 1)
    return Qobj(np.diag([np.sqrt(k * (top + 1 - k)) for k in range(1, top + 1)], 1)).to("csr")


def placed(dims):
    """A function that puts an operator at one site of a product."""
    return lambda site, operator: tensor(*[operator if i == site else qeye(d) for i, d in enumerate(dims)])


def thermal(lower, gamma, n):
    return [np.sqrt(gamma * (n + 1)) * lower, np.sqrt(gamma * n) * lower.dag()]


# Charger and battery


def pair_operators():
    return tensor(destroy(2), qeye(2)), tensor(qeye(2), destroy(2))


def drive_sweep():
    c, b = pair_operators()
    return DriveSweep(np.linspace(0.05, 5, 1000), np.linspace(0, 40, 101), c.dag() * b + b.dag() * c, c + c.dag(), [c.dag() * c], fock_dm([2, 2], [0, 0]))


def settling_map():
    c, b = pair_operators()
    grid = np.geomspace(0.1, 10, 21)
    return SettlingMap(grid, grid, c.dag() * b + b.dag() * c, c + c.dag(), c.dag() * c, fock_dm([2, 2], [0, 0]), b.dag() * b)


def detuned_pair(times):
    """detuned-pair.toml, pair-log.toml; in the frame of the drive, 0.1 g below both. Eigenvectors serve as reference: no integrator gets there."""
    c, b = pair_operators()
    hamiltonian = 0.1 * (c.dag() * c + b.dag() * b) + c.dag() * b + b.dag() * c + 0.5 * (c + c.dag())
    return Problem(hamiltonian, fock_dm([2, 2], [0, 0]), [np.sqrt(1.4) * c.dag() * c], [b.dag() * b], times, reference=("diag", "csr", 0.0))


def star(cells):
    c, b = tensor(destroy(2), qeye(cells + 1)), tensor(qeye(2), ladder(cells))
    hamiltonian = c.dag() * b + b.dag() * c + 0.5 * (c + c.dag())
    energy = tensor(qeye(2), num(cells + 1))
    return Problem(hamiltonian, fock_dm([2, cells + 1], [0, 0]), [c.dag() * c], [energy], np.linspace(0, 40, 1001), until=0.1, only=[*MATRICES, ("vern7", "csr"), ("vern7", "dia")], reference=TIGHT)


FREQUENCIES = [1.0, 1.1, 0.95, 1.05, 0.9, 1.02, 0.98, 1.07]
STRENGTHS = [1.0, 0.8, 1.2, 0.9, 1.1, 0.7, 1.3, 0.95]


def unequal_operators(cells, drive=1.0):
    """Cells with frequencies and couplings of their own, in the frame of a drive that is resonant with the charger: H, jump of the charger, energy, lowering operators of the cells."""
    at = placed([2] * (cells + 1))
    c = at(0, destroy(2))
    hamiltonian, energy = 0.5 * (c + c.dag()), 0
    lower = [at(k + 1, destroy(2)) for k in range(cells)]
    for s, frequency, strength in zip(lower, FREQUENCIES, STRENGTHS):
        hamiltonian += (frequency - drive) * s.dag() * s + strength * (c.dag() * s + s.dag() * c)
        energy += frequency * s.dag() * s
    return hamiltonian, c.dag() * c, energy, lower


def unequal(cells, gamma=1.0, **how):
    """unequal-3.toml, unequal-3-strong.toml, unequal-8.toml"""
    hamiltonian, jump, energy, _ = unequal_operators(cells)
    dims = [2] * (cells + 1)
    return Problem(hamiltonian, fock_dm(dims, [0] * len(dims)), [np.sqrt(gamma) * jump], [energy], np.linspace(0, 20, 101), **how)


def limit_unequal(kind):
    """limit-unequal-5.toml"""
    hamiltonian, jump, energy, lower = unequal_operators(5, drive=1.2)
    generator = liouvillian(hamiltonian, [jump, *(np.sqrt(0.05) * s for s in lower)])
    return kind(generator, operator_to_vector(fock_dm([2] * 6, [0] * 6)).full()[:, 0], [energy])


def bad_cavity(levels, **how):
    """bad-cavity-30.toml, bad-cavity-60.toml: about 0.3 photons, so that 30 levels are a reference for 60"""
    a, s = tensor(destroy(levels), qeye(2)), tensor(qeye(levels), destroy(2))
    hamiltonian = a.dag() * s + s.dag() * a + 50 * (a + a.dag())
    return Problem(hamiltonian, fock_dm([levels, 2], [0, 0]), [np.sqrt(200) * a], [s.dag() * s], np.linspace(0, 20, 101), only=STIFF, tuned_on=0.1, **how)


def limit_cavity():
    """limit-cavity-40.toml"""
    a, s = tensor(destroy(40), qeye(2)), tensor(qeye(40), destroy(2))
    generator = liouvillian(a.dag() * s + s.dag() * a + 1.5 * (a + a.dag()), [a, np.sqrt(0.1) * s])
    return Limit(generator, operator_to_vector(fock_dm([40, 2], [0, 0])).full()[:, 0], [s.dag() * s])


def lossy_tavis_cummings(cells):
    """lossy-tavis-cummings-4.toml, lossy-tavis-cummings-8.toml: as many photons as cells. Levels above the start stay empty."""
    a, lower = tensor(destroy(cells + 1), qeye(cells + 1)), tensor(qeye(cells + 1), ladder(cells))
    hamiltonian = a.dag() * lower + lower.dag() * a
    energy = tensor(qeye(cells + 1), num(cells + 1))
    return Problem(hamiltonian, fock_dm([cells + 1] * 2, [cells, 0]), [np.sqrt(0.2) * a], [energy], np.linspace(0, 10, 101))


def qudits():
    """qudits-3.toml: three spins 1 with noise of their own"""
    at = placed([2, 3, 3, 3])
    c, lower = at(0, destroy(2)), [at(k, ladder(1, 3)) for k in (1, 2, 3)]
    numbers = [at(k, num(3)) for k in (1, 2, 3)]
    hamiltonian = sum(c.dag() * b + b.dag() * c for b in lower) + 0.5 * (c + c.dag())
    jumps = [c.dag() * c, *(np.sqrt(0.05) * n for n in numbers), *(np.sqrt(0.02) * b for b in lower)]
    return Problem(hamiltonian, fock_dm([2, 3, 3, 3], [0] * 4), jumps, [sum(numbers)], np.linspace(0, 15, 101))


def driven_dipole():
    """driven-dipole.toml: in the laboratory frame, with F (a e^{it} + h.c.)"""
    a, lower = tensor(destroy(24), qeye(5)), tensor(qeye(24), ladder(4))
    energy = tensor(qeye(24), num(5))
    still = a.dag() * a + energy + 0.3 * (a + a.dag()) * (lower + lower.dag())
    turning = [[0.2 * a, lambda t: np.exp(1j * t)], [0.2 * a.dag(), lambda t: np.exp(-1j * t)]]
    return Problem(QobjEvo([still, *turning]), fock_dm([24, 5], [0, 0]), [np.sqrt(0.5) * a], [energy], np.linspace(0, 20, 101))


def protocol():
    """protocol.toml: charging for 2, emptied cavity, waiting for 1 without coupling and drive, 30 times"""
    a, lower = tensor(destroy(8), qeye(7)), tensor(qeye(8), ladder(6))
    charging = a.dag() * lower + lower.dag() * a + 0.3 * (a + a.dag())
    jumps = [np.sqrt(0.3) * a, np.sqrt(0.02) * lower]
    energy = tensor(qeye(8), num(7))
    return Stages([charging, 0 * charging], [2.0, 1.0], jumps, fock_dm([8, 7], [0, 0]), energy, 30)


# Permutation symmetry by PIQS


def with_first(first, second_liouvillian, coupling, size):
    """Liouvillian of a qubit and a Dicke space of `size` levels: that of the pair by `coupling` and the qubit's channels, and that of the second part alone."""
    blocks = second_liouvillian.data.as_scipy().tocoo()
    row, column = (index % size for index in (blocks.row, blocks.col)), (index // size for index in (blocks.row, blocks.col))
    (row_to, row_from), (column_to, column_from) = row, column
    whole = 2 * size
    # Columns of rho are stacked, and the qubit comes first in each index.
    place = lambda i, j, p, q: (q * size + j) * whole + p * size + i
    pairs = [(p, q) for p in range(2) for q in range(2)]
    to = np.concatenate([place(row_to, column_to, p, q) for p, q in pairs])
    start = np.concatenate([place(row_from, column_from, p, q) for p, q in pairs])
    alone = scipy.sparse.csr_matrix((np.tile(blocks.data, 4), (to, start)), shape=(whole**2, whole**2))
    return liouvillian(coupling, first).data.as_scipy() + alone


def noisy_operators(cells):
    """noisy-N.toml: a driven and dephased charger on cells with local noise. PIQS knows rates of D[J_z,n], which is that of n, and of D[J_-,n]."""
    alone = Dicke(cells, hamiltonian=0 * jspin(cells, "z"), emission=0.05, dephasing=0.1).liouvillian()
    lower, jz = jspin(cells, "-"), jspin(cells, "z")
    size = lower.shape[0]
    c = tensor(destroy(2), qeye(size))
    lower = tensor(qeye(2), lower)
    generator = with_first([c.dag() * c], alone, c.dag() * lower + lower.dag() * c + 0.5 * (c + c.dag()), size)
    v0 = np.zeros(4 * size**2, dtype=complex)
    # The level m = -j of the largest spin is the last of its block, the first block.
    lowest = cells
    v0[lowest * 2 * size + lowest] = 1
    energy = tensor(qeye(2), jz + cells / 2 * qeye(size))
    return generator, v0, energy, size


def noisy(cells):
    generator, v0, energy, _ = noisy_operators(cells)
    return Counted(generator, v0, scipy.sparse.csr_matrix(energy.full().ravel()), np.linspace(0, 15, 101))


def noisy_whole(cells):
    """The same with all elements between all levels of PIQS, as its documentation does."""
    generator, v0, energy, size = noisy_operators(cells)
    dims = [[[2, size], [2, size]]] * 2
    rho0 = Qobj(v0.reshape(2 * size, 2 * size), dims=energy.dims)
    return Problem(Qobj(generator, dims=dims), rho0, [], [energy], np.linspace(0, 15, 101), only=[(method, "csr") for method in EXPLICIT])


def limit_noisy(kind):
    """limit-noisy-6.toml"""
    generator, v0, energy, size = noisy_operators(6)
    dims = [[[2, size], [2, size]]] * 2
    return kind(Qobj(generator, dims=dims), v0, [energy])


def nmr():
    """nmr-36.toml: chargers between populations 0.7 and 0.45, T1 = 20, around a battery spin with T1 = 50."""
    cells, start, rest, rate = 36, 0.7, 0.45, 1 / 20
    # H of the cells is left out by PIQS where it is 0.
    alone = Dicke(cells, hamiltonian=0 * jspin(cells, "z"), emission=rate * (1 - rest), pumping=rate * rest).liouvillian()
    lower, jz = jspin(cells, "-"), jspin(cells, "z")
    size = lower.shape[0]
    s, i = tensor(destroy(2), qeye(size)), tensor(qeye(2), lower)
    battery = [np.sqrt((1 - rest) / 50) * s, np.sqrt(rest / 50) * s.dag()]
    generator = with_first(battery, alone, 0.5 * (s.dag() * i + i.dag() * s), size)
    # Equal independent spins: every level m of a total spin j holds q^{N/2+m} (1-q)^{N/2-m}, as often as j occurs.
    m = jz.diag().real
    j = (np.sqrt(1 + 4 * (jspin(cells, "x") ** 2 + jspin(cells, "y") ** 2 + jz**2).diag().real) - 1) / 2
    often = np.array([state_degeneracy(cells, round(2 * spin) / 2) for spin in j], dtype=float)
    chargers = often * start ** (cells / 2 + m) * (1 - start) ** (cells / 2 - m)
    rho0 = np.kron(np.diag([1 - rest, rest]), np.diag(chargers)).astype(complex)
    energy = tensor(num(2), qeye(size))
    return Counted(generator, rho0.ravel("F"), scipy.sparse.csr_matrix(energy.full().ravel()), np.linspace(0, 10, 101))


# Closed systems


def cavity(levels, cells, coupling, terms):
    """Cavity and ladder of cells, H = n_C + n + g terms(a, J^-), and the energy of the cells."""
    a, lower = tensor(destroy(levels), qeye(cells + 1)), tensor(qeye(levels), ladder(cells))
    energy = tensor(qeye(levels), num(cells + 1))
    return a.dag() * a + energy + coupling * terms(a, lower), np.arange(cells + 1.0)


def tavis_cummings():
    """tavis-cummings-10.toml. 40 levels hold all but 1e-11 of the coherent state."""
    hamiltonian, energies = cavity(40, 10, 1.0, lambda a, lower: a.dag() * lower + a * lower.dag())
    # Amplitudes as they are, not those of a cut displacement.
    psi0 = tensor(coherent(40, np.sqrt(10), method="analytic"), basis(11, 0))
    return Closed(hamiltonian, psi0, energies, np.linspace(0, 10, 401))


def dicke():
    """dicke-6.toml. 110 levels err by less than 1e-7."""
    hamiltonian, energies = cavity(110, 6, 0.5, lambda a, lower: (a + a.dag()) * (lower + lower.dag()))
    return Closed(hamiltonian, tensor(fock(110, 6), basis(7, 0)), energies, np.linspace(0, 10, 401))


def chain():
    """The Ising chain of ten spins in a transverse field; `chain` of src/main.rs."""
    at = placed([2] * 10)
    energy = sum(at(k, num(2)) for k in range(10))
    bonds = sum(at(k, sigmax()) * at(k + 1, sigmax()) for k in range(9))
    return Closed(energy + 0.9 * bonds, tensor(*[basis(2, 0)] * 10), energy.diag().real, np.linspace(0, 10, 401))


# Open systems of other kinds


def farina_pair():
    """farina-pair.toml. 22 levels of each oscillator err by less than 1e-6."""
    a, b = tensor(destroy(22), qeye(22)), tensor(qeye(22), destroy(22))
    hamiltonian = a.dag() * b + b.dag() * a + 0.3 * (a + a.dag())
    return Problem(hamiltonian, fock_dm([22, 22], [0, 0]), thermal(a, 0.2, 0.5), [b.dag() * b], np.linspace(0, 12, 81), until=0.25, only=MATRICES, reference=TIGHT)


def open_chain(sites):
    """open-chain-6.toml: couplings that fall with the distance, local losses and dephasing"""
    at = placed([2] * sites)
    # Level 1 is the excited one, as for `num`.
    x, y, z = sigmax(), sigmay(), -sigmaz()
    pairs = [(i, j) for i in range(sites) for j in range(i + 1, sites)]
    energy = sum(at(k, z / 2) for k in range(sites))
    bonds = sum(-0.2 / (j - i) * (at(i, x) * at(j, x) + at(i, y) * at(j, y) + 0.5 * at(i, z) * at(j, z)) for i, j in pairs)
    field = sum(at(k, x) for k in range(sites))
    jumps = [np.sqrt(0.05) * at(k, destroy(2)) for k in range(sites)] + [np.sqrt(0.02) * at(k, z) for k in range(sites)]
    return Problem(energy + bonds + field, fock_dm([2] * sites, [0] * sites), jumps, [energy], np.linspace(0, 5, 101))


def jaynes_cummings():
    a, s = tensor(destroy(20), qeye(2)), tensor(qeye(20), destroy(2))
    hamiltonian = 0.1 * (a * s.dag() + a.dag() * s) + 0.07 * (a + a.dag())
    jumps = thermal(a, 0.05, 0.01) + thermal(s, 0.05, 0.01)
    return Problem(hamiltonian, fock_dm([20, 2], [0, 0]), jumps, [a.dag() * a, s.dag() * s], np.linspace(0, 200, 100))


def kerr():
    a = destroy(50)
    number = a.dag() * a
    hamiltonian = 0.1 * number - 0.5 * 0.05 * a.dag() ** 2 * a**2 + 2 * (a + a.dag())
    return Problem(hamiltonian, fock_dm(50, 0), thermal(a, 1, 0.2), [number], np.linspace(0, 10, 100))


def cat():
    """`cat` of src/main.rs: two-photon drive and losses in pairs"""
    a = destroy(40)
    return Problem(2 * (a**2 + a.dag() ** 2), fock_dm(40, 0), [a**2, 0.1 * a], [num(40)], np.linspace(0, 10, 101))


def two_oscillators():
    c, b = tensor(destroy(15), qeye(25)), tensor(qeye(15), destroy(25))
    n_c, n_b = c.dag() * c, b.dag() * b
    hamiltonian = 0.1 * n_c - 0.1 * n_b + c.dag() * b + b.dag() * c + 0.5 * (c + c.dag())
    return Problem(hamiltonian, fock_dm([15, 25], [0, 0]), [0.5 * n_c], [n_b, n_c], np.linspace(0, 10, 21), tuned_on=0.2, only=MATRICES, reference=TIGHT)


def engines(cells):
    """engines-2.toml: three-level masers with all their levels, and the ladder of as many cells"""
    at = placed([3] * cells + [cells + 1])
    hot, cold = 1 / np.expm1(10 / 10), 1 / np.expm1(9 / 5)
    a, b, c, d = hot, hot + 1, cold + 1, cold
    steady = qdiags(np.array([b * d, a * c, a * d]) / (b * d + a * c + a * d), 0)
    down = at(cells, ladder(cells))
    up = sum(at(k, projection(3, 1, 0)) for k in range(cells))
    hamiltonian = 1j * 0.3 / np.sqrt(cells) * (up * down - up.dag() * down.dag())
    rates = ((a, 2, 0), (b, 0, 2), (c, 1, 2), (d, 2, 1))
    jumps = [np.sqrt(rate) * at(k, projection(3, to, start)) for k in range(cells) for rate, to, start in rates]
    rho0 = tensor(*[steady] * cells, fock_dm(cells + 1, 0))
    return Problem(hamiltonian, rho0, jumps, [at(cells, num(cells + 1))], np.linspace(0, 60, 121))


def effective_ladder(cells):
    """ladder-100.toml: a collective spin with two collapse operators"""
    lower = ladder(cells)
    jumps = [lower, np.sqrt(np.exp(0.8)) * lower.dag()]
    return Problem(qzero(cells + 1), fock_dm(cells + 1, 0), jumps, [num(cells + 1)], np.linspace(0, 0.2, 101))


def drawn_pair(diffusion):
    """pair-jumps.toml, pair-diffusion.toml: a dephased qubit on a qubit"""
    c, b = pair_operators()
    hamiltonian = c.dag() * b + b.dag() * c + 0.5 * (c + c.dag())
    return Drawn(hamiltonian, basis([2, 2], [0, 0]), [c.dag() * c], b.dag() * b, np.linspace(0, 40, 401), diffusion, share=0.2 if diffusion else 1.0)


def drawn_kerr(diffusion):
    """kerr-jumps.toml, kerr-diffusion.toml: the driven oscillator of `kerr`"""
    problem = kerr()
    return Drawn(problem.hamiltonian, basis(50, 0), problem.jumps, problem.observables[0], problem.times, diffusion, share=0.1 if diffusion else 1.0)


def case(title, leyden, kind, make=None, dynamiqs=False, name=None):
    """The case with its name: that of what leyden runs, unless another is given."""
    return name or leyden.split(":")[-1].removesuffix(".toml"), Case(title, leyden, kind, make, dynamiqs)


CASES = dict(
    [
        case("1000 drives x 101 times, two qubits, energy and ergotropy", "drive-sweep", "exact", drive_sweep),
        case("star of 100 cells, 1001 energies", "star-100", "exact", lambda: star(100)),
        case("two engines on two cells with all levels, 121 times", "engines-2.toml", "exact", lambda: engines(2)),
        case("effective ladder of 100 cells, 101 times", "ladder-100.toml", "exact", lambda: effective_ladder(100)),
        case("coherent cavity on 10 cells, 401 times, energy and ergotropy", "tavis-cummings-10.toml", "exact", tavis_cummings),
        case("two oscillators, one lossy and driven, 81 times", "farina-pair.toml", "exact", farina_pair),
        case("settling times of two qubits at 21 x 21 drives and dephasings", "settling-map", "exact", settling_map),
        case("driven damped Jaynes-Cummings, 40 levels", "jaynes-cummings", "general", jaynes_cummings, True),
        case("driven Kerr oscillator, 50 levels", "kerr", "general", kerr, True),
        case("two-photon cat by the library, 40 levels, energy and ergotropy", "cat", "general", cat, True),
        case("two detuned oscillators, 375 levels", "two-oscillators", "general", two_oscillators),
        case("Dicke battery of 6 cells, 401 times, energy and ergotropy", "dicke-6.toml", "general", dicke),
        case("Ising chain of 10 spins, 401 times to 10, energy and ergotropy", "chain-10", "general", chain),
        case("open chain of 6 qubits with local noise, as text, 101 times", "open-chain-6.toml", "general", lambda: open_chain(6), True),
        case("detuned pair, 101 times to 1e5", "detuned-pair.toml", "general", lambda: detuned_pair(np.linspace(0, 1e5, 101))),
        case("detuned pair, 301 times to 3000, spaced in their logarithm", "pair-log.toml", "general", lambda: detuned_pair(np.geomspace(0.1, 3000, 301))),
        case("3 unequal cells, 101 times to 20", "unequal-3.toml", "general", lambda: unequal(3), True),
        case("3 unequal cells, dephasing 1e4, 101 times to 20", "unequal-3-strong.toml", "general", lambda: unequal(3, 1e4, reference=("diag", "csr", 0.0))),
        case("8 unequal cells, 512 levels, 101 times to 20", "unequal-8.toml", "general", lambda: unequal(8, only=MATRICES, until=0.1, reference=TIGHT)),
        case("lossy cavity with 4 photons on 4 cells, 101 times", "lossy-tavis-cummings-4.toml", "general", lambda: lossy_tavis_cummings(4)),
        case("lossy cavity with 8 photons on 8 cells, 101 times", "lossy-tavis-cummings-8.toml", "general", lambda: lossy_tavis_cummings(8)),
        case("3 qutrits with local noise, 54 levels, 101 times", "qudits-3.toml", "general", qudits),
        case("driven lossy cavity on 4 cells, dipole coupling, 101 times", "driven-dipole.toml", "general", driven_dipole),
        case("cavity of 30 levels on a qubit, kappa = 200, 101 times to 20", "bad-cavity-30.toml", "general", lambda: bad_cavity(30)),
        case("cavity of 60 levels on a qubit, kappa = 200, 101 times to 20", "bad-cavity-60.toml", "general", lambda: bad_cavity(60, reference=bad_cavity(30))),
        case("30 cycles of charging, emptying and waiting, cavity on 6 cells", "protocol.toml", "general", protocol),
        case("6 noisy cells, 101 times; PIQS, elements reached by hand", "noisy-6.toml", "general", lambda: noisy(6)),
        case("10 noisy cells, 101 times; PIQS, elements reached by hand", "noisy-10.toml", "general", lambda: noisy(10)),
        case("20 noisy cells, 101 times; PIQS, elements reached by hand", "noisy-20.toml", "general", lambda: noisy(20)),
        case("10 noisy cells, 101 times; PIQS as documented", "noisy-10.toml", "general", lambda: noisy_whole(10), name="piqs-10"),
        case("20 noisy cells, 101 times; PIQS as documented", "noisy-20.toml", "general", lambda: noisy_whole(20), name="piqs-20"),
        case("24 noisy cells, 101 times", "noisy-24.toml", "alone"),
        case("30 noisy cells, 101 times", "noisy-30.toml", "alone"),
        case("NMR star of 36 relaxing chargers with correlations, 101 times", "nmr-36.toml", "general", nmr),
        case("star of 300 cells, 101 times", "star-300.toml", "alone"),
        case("star of 301 cells, 101 times", "star-301.toml", "alone"),
        case("star of 2000 cells, 101 times", "star-2000.toml", "alone"),
        case("limit of 5 unequal cells with losses, 64 levels", "limit:limit-unequal-5.toml", "limit", lambda: limit_unequal(Limit)),
        case("slowest rate of 5 unequal cells with losses", "spectrum:limit-unequal-5.toml", "limit", lambda: limit_unequal(Slowest), name="spectrum-unequal-5"),
        case("limit of 6 noisy cells; PIQS as documented", "limit:limit-noisy-6.toml", "limit", lambda: limit_noisy(Limit)),
        case("limit of 6 noisy cells; PIQS, elements reached by hand", "limit:limit-noisy-6.toml", "limit", lambda: limit_noisy(LimitByHand), name="limit-piqs-6"),
        case("limit of a driven cavity of 40 levels on a qubit", "limit:limit-cavity-40.toml", "limit", limit_cavity),
        case("1000 jump trajectories of a dephased pair, 401 times to 40", "pair-jumps.toml", "drawn", lambda: drawn_pair(False)),
        case("1000 jump trajectories of the driven Kerr oscillator, 100 times", "kerr-jumps.toml", "drawn", lambda: drawn_kerr(False)),
        case("1000 diffusive trajectories of a dephased pair, 401 times to 40", "pair-diffusion.toml", "drawn", lambda: drawn_pair(True)),
        case("1000 diffusive trajectories of the driven Kerr oscillator, 100 times", "kerr-diffusion.toml", "drawn", lambda: drawn_kerr(True)),
    ]
)
