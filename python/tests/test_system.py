"""Systems of matrices: against QuTiP, the models of the library and closed forms."""

import os
import signal
import threading
import time

import numpy as np
import pytest
import qutip
import scipy.sparse

import leyden

sm, num, eye = qutip.sigmap(), qutip.Qobj(np.diag([0.0, 1.0])), qutip.qeye(2)
lower = qutip.Qobj([[0, 1], [0, 0]])
rng = np.random.default_rng(3)


def test_a_pair_is_the_model_of_the_library():
    c, b = qutip.tensor(lower, eye), qutip.tensor(eye, lower)
    h = c.dag() * b + b.dag() * c + 0.5 * (c + c.dag())
    rho0 = qutip.tensor(qutip.basis(2, 0), qutip.basis(2, 0))
    times = np.linspace(0, 10, 21)
    r = leyden.System(h, channels=[(1.0, c.dag() * c)], rho0=rho0, battery=1, H_B=num).charge(times)
    known = leyden.run({"charger": {"dephasing": 1.0}, "drive": {"amplitude": 0.5}, "time": {"end": 10.0, "points": 21}})
    assert np.allclose(r.energy, known.energy, atol=1e-9)
    assert np.allclose(r.ergotropy.global_, known.ergotropy.global_, atol=1e-9)
    assert r.asymptote.energy == pytest.approx(known.asymptote.energy, abs=1e-9)
    assert r.charging_time.settling == pytest.approx(known.charging_time.settling, rel=1e-7)
    same = leyden.System(h.full(), channels=[c.dag() * c], rho0=rho0.full().ravel(), dims=[2, 2], battery=[1], H_B=num.full()).charge(times)
    assert np.allclose(same.energy, r.energy, atol=1e-12)
    sparse = leyden.System(scipy.sparse.coo_array(h.full()), channels=[(1, scipy.sparse.csr_matrix(c.dag().full() @ c.full()))], rho0=np.outer(rho0.full(), rho0.full()), dims=(2, 2), battery=1, H_B=num).charge(times)
    assert np.allclose(sparse.energy, r.energy, atol=1e-9)


def test_factors_in_any_order():
    # Three qudits, the battery the first and the last: the partial trace of QuTiP is the reference.
    dims = [2, 3, 2]
    a = rng.normal(size=(12, 12)) + 1j * rng.normal(size=(12, 12))
    h = qutip.Qobj(a + a.conj().T, dims=[dims, dims])
    l = qutip.Qobj(0.3 * (rng.normal(size=(12, 12)) + 1j * rng.normal(size=(12, 12))), dims=[dims, dims])
    psi = qutip.Qobj(rng.normal(size=12) + 1j * rng.normal(size=12), dims=[dims, [1]]).unit()
    b = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    h_b = qutip.Qobj(b + b.conj().T, dims=[[2, 2], [2, 2]])
    times = [0.0, 0.3, 0.8]
    for channels, jumps in (([(0.7, l)], [np.sqrt(0.7) * l]), ([], [])):
        r = leyden.System(h, channels=channels, rho0=psi, battery=[2, 0], H_B=h_b).charge(times, tolerance=1e-10)
        states = qutip.mesolve(h, psi, times, jumps, options={"atol": 1e-12, "rtol": 1e-10, "nsteps": 10**6}).states
        for k, state in enumerate(states):
            rho = state.ptrace([0, 2])
            assert r.energy[k] == pytest.approx(qutip.expect(h_b, rho), abs=2e-8)
            assert r.ergotropy.global_[k] == pytest.approx(leyden.ergotropy(rho, h_b), abs=2e-8)
            assert r.ergotropy.local is None and r.ergotropy.collective is None and "as a whole" in r.ergotropy.why
            assert r.purity[k] == pytest.approx((rho * rho).tr().real, abs=2e-8)


def test_functions_of_time():
    times = np.linspace(0, 6, 7)
    x = lower + lower.dag()
    pulse = lambda t: 0.8 * np.exp(-((t - 3) ** 2)) * np.cos(t)  # noqa: E731
    reference = qutip.sesolve([num, [x, pulse]], qutip.basis(2, 0), times, options={"atol": 1e-12, "rtol": 1e-10})
    expected = [qutip.expect(num, state) for state in reference.states]
    for h in ([num, (x, pulse)], [num, [x, pulse]], [num.full(), (x.full(), pulse)], qutip.QobjEvo([num, [x, pulse]])):
        r = leyden.System(h, rho0=qutip.basis(2, 0), battery=0, H_B=num).charge(times, tolerance=1e-10)
        assert np.allclose(r.energy, expected, atol=1e-8), h
    # A rotating drive: complex functions of operators that are not Hermitian.
    f, g = (lambda t: 0.4 * np.exp(1j * t)), (lambda t: 0.4 * np.exp(-1j * t))
    r = leyden.System([num, (lower, f), (lower.dag(), g)], rho0=qutip.basis(2, 0), battery=0, H_B=num).charge(times)
    assert np.allclose(r.energy, np.sin(0.4 * times) ** 2, atol=1e-8)
    # A short pulse between times that are far apart.
    short = lambda t: 1.0 if 1.2 <= t < 1.3 else 0.0  # noqa: E731
    r = leyden.System([(x, short)], rho0=qutip.basis(2, 0), battery=0, H_B=num).charge([0.0, 6.0])
    assert r.energy[-1] == pytest.approx(np.sin(0.1) ** 2, abs=1e-6)
    # rho0 belongs to t = 0.
    r = leyden.System(x, rho0=qutip.basis(2, 0), battery=0, H_B=num).charge([0.5])
    assert r.energy[0] == pytest.approx(np.sin(0.5) ** 2, abs=1e-9)


def test_what_makes_no_system_is_refused():
    good = dict(rho0=qutip.basis(2, 0), battery=0, H_B=num)
    system = leyden.System
    for make, said in (
        (lambda: system(lower, **good), "Hermitian"),
        (lambda: system([num, (lower, lambda t: 1.0)], **good).charge([0, 1]), "Hermitian, but at t"),
        (lambda: system(num, **good | {"H_B": lower}), "H_B must be Hermitian"),
        (lambda: system(num, **good | {"battery": 1}), "battery must name"),
        (lambda: system(num, **good | {"battery": []}), "battery must name"),
        (lambda: system(num, **good | {"dims": [2, 2]}), "dims must multiply"),
        (lambda: system(num, **good | {"H_B": np.eye(3)}), "H_B must have 2 levels"),
        (lambda: system(num, channels=[(-1, lower)], **good), "rate of a channel"),
        (lambda: system(num, channels=[np.eye(3)], **good), "must have 2 levels"),
        (lambda: system(num, **good | {"rho0": [1.0, 1.0]}), "norm 1"),
        (lambda: system(num, **good | {"rho0": np.eye(3)}), "rho0 must have the shape"),
        (lambda: system(num, **good | {"rho0": [[0.5, 1.0], [0.0, 0.5]]}), "rho0 must be Hermitian"),
        (lambda: system(np.diag([0, np.nan]), **good), "NaN"),
        (lambda: system(num, **good).charge([]), "times must be"),
        (lambda: system(num, **good).charge([1, 0]), "not decrease"),
        (lambda: system(num, **good).charge([-1, 0]), "at least 0"),
        (lambda: system([num, (num, lambda t: np.nan)], **good).charge([0, 1]), "must be finite"),
    ):
        with pytest.raises(ValueError, match=said):
            make()
    with pytest.raises(leyden.LeydenError, match="trace"):
        system(num, **good | {"rho0": np.eye(2)}).charge([0, 1])
    with pytest.raises(leyden.LeydenError, match="no-method"):
        system(num, **good).charge([0, 1], method="no-method")
    with pytest.raises(TypeError):
        system("H", **good)


def test_an_exception_in_a_function_is_what_is_raised():
    def f(t):
        if 0.4 < t < 0.6 and threading.current_thread() is not threading.main_thread():
            raise ZeroDivisionError("mine")
        return 1.0

    system = leyden.System([num, (lower + lower.dag(), f)], rho0=qutip.basis(2, 0), battery=0, H_B=num)
    with pytest.raises(ZeroDivisionError, match="mine"):
        system.charge([0, 1])


def test_ctrl_c_ends_a_charge():
    big = qutip.num(40)
    a = qutip.destroy(40)
    h = a + a.dag() + 0.1 * big
    system = leyden.System([h, (big, lambda t: np.cos(t))], channels=[(0.1, a)], rho0=qutip.basis(40, 0), battery=0, H_B=big)
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        system.charge(np.linspace(0, 1e5, 11))
    assert time.monotonic() - begin < 1.5


def test_results_are_those_of_any_run():
    x = lower + lower.dag()
    system = leyden.System(x, rho0=qutip.basis(2, 0), battery=0, H_B=num)
    r = system.charge(np.linspace(0, 3, 31), verify=True, title='A "qubit"')
    assert r.title == 'A "qubit"' and r.verify is not None and r.figure().svg.startswith("<svg")
    assert r.extrema.energy.first.value == pytest.approx(1.0, abs=1e-9)
    ds = r.to_xarray()
    assert np.allclose(ds.energy, r.energy) and "title" in ds.attrs
    assert "A &quot;qubit&quot;" in r._repr_html_()


def test_a_battery_of_several_factors_has_no_cells():
    h = qutip.tensor(num, eye) + qutip.tensor(eye, num)
    x = lower + lower.dag()
    drive = qutip.tensor(x, eye) + qutip.tensor(eye, x)
    channels = [(0.3, qutip.tensor(lower, eye)), (0.3, qutip.tensor(eye, lower))]
    r = leyden.System(drive, channels=channels, rho0=qutip.tensor(*[qutip.basis(2, 0)] * 2), battery=[0, 1], H_B=h).charge(np.linspace(0, 5, 6))
    assert r.ergotropy.local is None and r.asymptote.ergotropy.local is None and r.asymptote.ergotropy.global_ > 0
    # Everything else goes on as with a number that does not exist.
    assert r.figure().svg.startswith("<svg") and "ergotropy" in str(r)
    assert np.isnan(r.to_xarray().ergotropy_local).all() and np.allclose(r.to_xarray().energy, r.energy)
    one = leyden.System(x, rho0=qutip.basis(2, 0), battery=0, H_B=num).charge([1.0])
    assert one.ergotropy.local[0] == one.ergotropy.global_[0]
