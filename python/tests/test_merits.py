"""Figures of merit of anybody's states, against closed forms, brute force and QuTiP."""

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse

import leyden

rng = np.random.default_rng(5)


def state(d, shape=()):
    a = rng.normal(size=(*shape, d, d)) + 1j * rng.normal(size=(*shape, d, d))
    rho = a @ np.swapaxes(a.conj(), -1, -2)
    return rho / np.trace(rho, axis1=-2, axis2=-1)[..., None, None].real


def hamiltonian(d, shape=()):
    a = rng.normal(size=(*shape, d, d)) + 1j * rng.normal(size=(*shape, d, d))
    return a + np.swapaxes(a.conj(), -1, -2)


def brute(rho, h):
    r, e = np.linalg.eigvalsh(rho)[::-1], np.linalg.eigvalsh(h)
    return np.trace(rho @ h).real - r @ e, r @ e[::-1] - r @ e


@pytest.mark.parametrize("d", [1, 2, 3, 8])
def test_batches_are_single_states(d):
    rho, h = state(d, (4, 3)), hamiltonian(d, (3,))
    w, c = leyden.ergotropy(rho, h), leyden.capacity(rho, h)
    assert w.shape == c.shape == (4, 3)
    for i in range(4):
        for j in range(3):
            expected = brute(rho[i, j], h[j])
            assert np.allclose([w[i, j], c[i, j]], expected, atol=1e-12)
            assert np.allclose(leyden.ergotropy(rho[i, j], h[j]), expected[0], atol=1e-12)
    assert isinstance(leyden.ergotropy(rho[0, 0], h[0]), float)


def test_passive_states_have_no_work_left():
    for d in (2, 3, 6):
        rho, h = state(d, (5,)), hamiltonian(d)
        passive = leyden.passive_state(rho, h)
        assert np.abs(leyden.ergotropy(passive, h)).max() < 1e-12
        energies = np.einsum("bij,ji->b", rho - passive, h).real
        assert np.allclose(energies, leyden.ergotropy(rho, h), atol=1e-12)
        assert np.allclose(np.linalg.eigvalsh(passive), np.linalg.eigvalsh(rho), atol=1e-12)


def test_degenerate_levels_count():
    # Two qubits, levels 0, 1, 1, 2; a state of rank two on the upper levels.
    h = np.diag([0.0, 1.0, 1.0, 2.0])
    rho = np.diag([0.0, 0.0, 0.5, 0.5])
    assert leyden.ergotropy(rho, h) == pytest.approx(1.5 - 0.5, abs=1e-15)
    assert leyden.capacity(rho, h) == pytest.approx(0.5 * 2 + 0.5 * 1 - 0.5, abs=1e-15)
    u = scipy.linalg.expm(1j * hamiltonian(4))
    assert leyden.ergotropy(u @ rho @ u.conj().T, u @ h @ u.conj().T) == pytest.approx(1.0, abs=1e-13)


def test_bound_energy_is_that_of_many_copies():
    # N qubits: omega_b is a product of qubits with the entropy S/N each.
    levels = np.array([0.0, 1.0, 1.0, 2.0])
    r = np.array([0.5, 0.3, 0.15, 0.05])
    entropy = -(r * np.log(r)).sum()
    low, high = 1e-9, 0.5
    for _ in range(200):
        q = 0.5 * (low + high)
        h = -q * np.log(q) - (1 - q) * np.log(1 - q)
        low, high = (q, high) if 2 * h < entropy else (low, q)
    expected = (r @ levels) - 2 * q
    assert leyden.bound_energy(np.diag(r), np.diag(levels)) == pytest.approx(expected, abs=1e-12)
    assert abs(leyden.bound_energy(state(2, (50,)), hamiltonian(2))).max() < 1e-7
    # Pure, thermal and fully mixed states hold none.
    h = hamiltonian(5)
    thermal = scipy.linalg.expm(-0.3 * h)
    thermal /= np.trace(thermal)
    pure = np.zeros((5, 5))
    pure[2, 2] = 1.0
    for rho in (thermal, np.eye(5) / 5, pure):
        assert abs(leyden.bound_energy(rho, h)) < 1e-9
    assert leyden.bound_energy(state(4, (30,)), hamiltonian(4)).min() > 0
    assert leyden.bound_energy(np.eye(3) / 3, np.zeros((3, 3))) == 0


def test_kinds_of_matrices():
    import qutip

    rho, h = state(4), np.diag([0.0, 1.0, 1.0, 2.0])
    expected = brute(rho, h)[0]
    dims = [[2, 2], [2, 2]]
    q, hq = qutip.Qobj(rho, dims=dims), qutip.Qobj(h, dims=dims)
    for a, b in ((rho, scipy.sparse.csr_matrix(h)), (q, hq), (q, h), (rho.tolist(), h.tolist()), (rho, hq.to("csr"))):
        assert leyden.ergotropy(a, b) == pytest.approx(expected, abs=1e-13)
    ket = qutip.tensor(qutip.basis(2, 1), qutip.basis(2, 0))
    assert leyden.ergotropy(ket, hq) == pytest.approx(1.0)
    batch = leyden.ergotropy([q, q, ket], hq)
    assert batch.shape == (3,) and batch[2] == pytest.approx(1.0)
    passive = leyden.passive_state(q, hq)
    assert passive.dims == dims and abs(leyden.ergotropy(passive, hq)) < 1e-12
    assert [p.dims for p in leyden.passive_state([q, q], hq)] == [dims, dims]
    assert leyden.passive_state(ket, hq).dims == dims

    class Array:
        def __array__(self, dtype=None, copy=None):
            return rho

    assert leyden.ergotropy(Array(), h) == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("function", [leyden.ergotropy, leyden.capacity, leyden.bound_energy, leyden.passive_state])
def test_what_is_no_state_is_refused(function):
    h = np.diag([0.0, 1.0])
    good = np.eye(2) / 2
    for rho, hamilton, said in (
        ([[0.5, 0.1], [0.2, 0.5]], h, "Hermitian"),
        (good, [[0.0, 1.0], [0.0, 1.0]], "Hermitian"),
        ([[np.nan, 0.0], [0.0, 1.0]], h, "NaN"),
        (good, np.diag([0.0, np.inf]), "NaN or infinity"),
        (np.eye(3) / 3, h, "as many levels"),
        ([0.5, 0.5], h, "shape"),
        (np.zeros((2, 3)), h, "shape"),
        (np.zeros((4, 2, 2)), np.zeros((3, 2, 2)), "leading dimensions"),
    ):
        with pytest.raises(ValueError, match=said):
            function(rho, hamilton)
    with pytest.raises(TypeError):
        function("rho", h)
    # What solvers leave is no reason to refuse, and nothing is normalised.
    assert np.isfinite(np.asarray(function([[0.5, 1e-9], [0.0, 0.5]], h))).all()
    if function is leyden.ergotropy:
        assert function([[0.0, 0.0], [0.0, 2.0]], h) == 2.0


def test_a_million_qubits_take_about_a_second():
    import time

    rho, h = state(2, (1_000_000,)), np.diag([0.0, 1.0])
    begin = time.process_time()
    w = leyden.ergotropy(rho, h)
    assert time.process_time() - begin < 2.0
    z = (rho[:, 1, 1] - rho[:, 0, 0]).real
    length = np.sqrt(z**2 + 4 * np.abs(rho[:, 0, 1]) ** 2)
    assert np.abs(w - (z + length) / 2).max() < 1e-15


def test_charging_times_of_sampled_curves():
    t = np.linspace(0, 12, 241)
    times = leyden.charging_time(t, 3 * (1 - np.exp(-t / 1.7)), limit=3.0)
    assert times.first == pytest.approx(1.7, abs=1e-6) and times.settling == times.first
    # A curve that comes, goes and comes back.
    curve = 1 - np.exp(-0.2 * t) * np.cos(2 * t)
    times = leyden.charging_time(t, curve, limit=1.0)
    at = lambda x: abs(np.exp(-0.2 * x) * np.cos(2 * x))  # noqa: E731
    assert at(times.first) == pytest.approx(np.exp(-1), abs=2e-5) and at(times.settling) == pytest.approx(np.exp(-1), abs=2e-5)
    assert times.first < 1 < 4 < times.settling < 5.1
    r = leyden.run(leyden.scenarios()["two-qubits"], set={"time.points": 4001})
    found = leyden.charging_time(r.times, r.energy, limit=r.asymptote.energy)
    assert found.settling == pytest.approx(r.charging_time.settling, abs=1e-6)
    assert found.first == pytest.approx(r.charging_time.first, abs=1e-6)
    assert leyden.charging_time([0, 1, 2], [1, 1, 1]) == (None, None)
    assert leyden.charging_time([0, 1, 2], [0, 0.1, 0.2], limit=1.0) == (None, None)
    assert leyden.charging_time([0, 1, 2], [0, 1, 0], limit=1.0).settling is None
    for wrong in (([0, 1], [1, 2, 3]), ([0, 0], [1, 2]), ([0, 1], [1, np.nan]), ([0], [1])):
        with pytest.raises(ValueError):
            leyden.charging_time(*wrong)


def test_all_kinds_are_those_of_the_library():
    r = leyden.run({"charger": {"dephasing": 1.0}, "drive": {"amplitude": 0.4}, "battery": {"cells": 1}, "time": {"values": [0.7, 2.0]}})
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])
    h = np.diag([0.0, 1.0])
    import qutip

    c, b = np.kron(lower, np.eye(2)), np.kron(np.eye(2), lower)
    hamilton = c.T @ b + b.T @ c + 0.4 * (c + c.T)
    rho0 = qutip.Qobj(np.diag([1.0, 0, 0, 0]), dims=[[2, 2]] * 2)
    q = lambda a: qutip.Qobj(a, dims=[[2, 2]] * 2)  # noqa: E731
    states = qutip.mesolve(q(hamilton), rho0, [0.0, 0.7, 2.0], [q(c.T @ c)], options={"atol": 1e-12, "rtol": 1e-10}).states[1:]
    battery = np.stack([state.ptrace(1).full() for state in states])
    for kind, known in (("global", r.ergotropy.global_), ("incoherent", r.ergotropy.incoherent), ("coherent", r.ergotropy.coherent)):
        assert np.allclose(leyden.ergotropy(battery, h, kind=kind), known, atol=1e-8), kind
    assert (leyden.ergotropy(battery, h, kind="coherent") > 1e-3).all()


def test_incoherent_parts_keep_degenerate_coherence():
    h = np.diag([0.0, 1.0, 1.0, 2.0])
    rho = state(4, (3, 2))
    dephased = np.where(np.abs(np.subtract.outer(np.diag(h), np.diag(h))) < 1e-12, rho, 0)
    expected = leyden.ergotropy(dephased, h)
    assert np.allclose(leyden.ergotropy(rho, h, kind="incoherent"), expected, atol=1e-13)
    u = scipy.linalg.expm(1j * hamiltonian(4))
    turned = u @ rho @ u.conj().T, u @ h @ u.conj().T
    assert np.allclose(leyden.ergotropy(*turned, kind="incoherent"), expected, atol=1e-12)
    # One Hamiltonian for each state of an axis, and one for all.
    hs = hamiltonian(4, (2,))
    batch = leyden.ergotropy(rho, hs, kind="incoherent")
    for i in range(3):
        for j in range(2):
            assert batch[i, j] == pytest.approx(leyden.ergotropy(rho[i, j], hs[j], kind="incoherent"), abs=1e-13)
    column = hamiltonian(4, (3, 1))
    assert leyden.ergotropy(rho, column, kind="incoherent")[2, 1] == pytest.approx(leyden.ergotropy(rho[2, 1], column[2, 0], kind="incoherent"), abs=1e-13)
    assert leyden.ergotropy(rho[0, 0], column, kind="coherent").shape == (3, 1)
    assert isinstance(leyden.ergotropy(rho[0, 0], h, kind="coherent"), float)


def test_local_and_collective_unitaries():
    import qutip

    up, down = qutip.basis(2, 1), qutip.basis(2, 0)
    n = qutip.Qobj(np.diag([0.0, 1.0]))
    eye = qutip.qeye(2)
    h = qutip.tensor(n, eye) + 3 * qutip.tensor(eye, n)
    # A Bell pair is locally fully mixed.
    bell = (qutip.tensor(up, up) + qutip.tensor(down, down)).unit()
    assert leyden.ergotropy(bell, h) == pytest.approx(2.0)
    assert leyden.ergotropy(bell, h, kind="local") == pytest.approx(0.0, abs=1e-14)
    product = qutip.tensor(qutip.ket2dm(up), 0.3 * qutip.ket2dm(up) + 0.7 * qutip.ket2dm(down))
    assert leyden.ergotropy(product, h, kind="local") == pytest.approx(1.0)
    three = state(8)
    h3 = np.kron(np.diag([0.0, 1.0]), np.eye(4)) + np.kron(np.eye(2), np.kron(hamiltonian(2), np.eye(2)))
    q = qutip.Qobj(three, dims=[[2] * 3] * 2)
    own = [qutip.Qobj(h3, dims=[[2] * 3] * 2).ptrace(k) / 4 for k in range(3)]
    expected = sum(leyden.ergotropy(q.ptrace(k), own[k]) for k in range(3))
    assert leyden.ergotropy(three, h3, kind="local", dims=[2, 2, 2]) == pytest.approx(expected, abs=1e-12)
    assert leyden.ergotropy([q, q], h3, kind="local").shape == (2,)
    with pytest.raises(ValueError, match="no sum over the cells"):
        leyden.ergotropy(three, np.kron(h3[:4, :4], np.eye(2)) + np.diag(np.arange(8.0) ** 2), kind="local", dims=[2, 2, 2])
    # Maximally mixed among symmetric states of N qubits: locked for collective unitaries, N(N-1)/(2(N+1)) for all.
    for count in (2, 3, 4):
        number = sum(np.diag([float(k >> i & 1) for k in range(2**count)]) for i in range(count))
        dicke = [np.array([float(bin(k).count("1") == m) for k in range(2**count)]) for m in range(count + 1)]
        rho = sum(np.outer(v, v) / v.sum() for v in dicke) / (count + 1)
        dims = [2] * count
        assert leyden.ergotropy(rho, number) == pytest.approx(count * (count - 1) / (2 * (count + 1)))
        assert leyden.ergotropy(rho, number, kind="collective", dims=dims) == pytest.approx(0.0, abs=1e-13)
        top = np.zeros((2**count, 2**count))
        top[-1, -1] = 1.0
        assert leyden.ergotropy(np.stack([rho, top]), number, kind="collective", dims=dims)[1] == pytest.approx(count)
    for rho, hamilton, dims, said in (
        (np.diag([0.0, 1.0, 0.0, 0.0]), np.diag([0.0, 1.0, 1.0, 2.0]), [2, 2], "not symmetric"),
        (np.diag([1.0, 0.0, 0.0, 0.0]), np.diag([0.0, 1.0, 2.0, 3.0]), [2, 2], "leaves the symmetric"),
        (np.eye(6) / 6, np.eye(6), [2, 3], "cells differ"),
        (np.eye(4) / 4, np.eye(4), [2, 3], "multiply to the 4"),
        (np.eye(4) / 4, np.eye(4), None, "dims says"),
    ):
        with pytest.raises(ValueError, match=said):
            leyden.ergotropy(rho, hamilton, kind="collective", dims=dims)
    with pytest.raises(ValueError, match="kind must be one of"):
        leyden.ergotropy(bell, h, kind="best")
