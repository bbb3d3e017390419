"""A charger and a cell under a noisy field with memory, by brute force, without a hierarchy.

rho(t, B) is followed on a grid of fields: with rho = sqrt(P_0(B)) f(B) the Fokker-Planck operator of the Ornstein-Uhlenbeck
process is the oscillator (1/t_c)(sigma^2 d^2/dB^2 - B^2/(4 sigma^2) + 1/2), whose second derivative on equally spaced points is
the one of sinc functions; the field then turns the charger's number in every point of the grid, and nothing else is used.
Telegraph noise: two points that exchange at 1/(2 t_c). A known field begins in one point of the grid.
"""

import numpy as np
from scipy.integrate import solve_ivp

LOWER = np.array([[0.0, 1.0], [0.0, 0.0]])
ONE = np.eye(2)
C, B = np.kron(LOWER, ONE), np.kron(ONE, LOWER)
N_C, N_B = C.T @ C, B.T @ B


def dissipator(rate, jump, rho):
    left = jump.T.conj() @ jump
    return rate * (jump @ rho @ jump.T.conj() - 0.5 * (left @ rho + rho @ left))


def grid(sigma, count, reach):
    step = 2 * reach / (count - 1)
    x = np.linspace(-reach, reach, count)
    k = np.arange(count)
    difference = k[:, None] - k[None, :]
    second = np.where(
        difference == 0,
        -np.pi**2 / 3,
        -2 * (-1.0) ** difference / np.where(difference == 0, 1, difference) ** 2,
    )
    return sigma * x, step, second / step**2 - np.diag(x**2 / 4 - 0.5), x


def run(hamiltonian, channels, gamma, t_c, times, start=None, telegraph=False, count=61, reach=9.0):
    """E_B and purity of the battery at `times`; `start`: the field at t = 0, in units of sigma, a point of the grid."""
    sigma = np.sqrt(gamma / (2 * t_c))
    rho0 = np.zeros((4, 4), complex)
    rho0[0, 0] = 1
    if telegraph:
        fields, rates = np.array([-sigma, sigma]), np.array([[-0.5, 0.5], [0.5, -0.5]]) / t_c
        weights = np.ones(2)
        begin = np.array([0.5 - 0.5 * (start or 0.0), 0.5 + 0.5 * (start or 0.0)])
    else:
        fields, step, rates, x = grid(sigma, count, reach)
        rates = rates / t_c
        root = (2 * np.pi) ** -0.25 * np.exp(-x**2 / 4)
        weights = step * root
        if start is None:
            begin = root
        else:
            begin = np.zeros(count)
            place = np.argmin(abs(x - start))
            assert abs(x[place] - start) < 1e-12
            begin[place] = 1 / (step * root[place])
    f0 = begin[:, None, None] * rho0

    def slope(t, y):
        f = y.reshape(len(fields), 4, 4)
        h = hamiltonian(t)
        out = np.tensordot(rates, f, 1)
        out = out - 1j * (h @ f - f @ h)
        out = out - 1j * fields[:, None, None] * (N_C @ f - f @ N_C)
        for rate, jump in channels:
            out = out + dissipator(rate, jump, f)
        return out.ravel()

    solved = solve_ivp(
        slope, (0, times[-1]), f0.ravel(), "DOP853", t_eval=times, rtol=1e-12, atol=1e-14
    )
    found = []
    for y in solved.y.T:
        rho = np.tensordot(weights, y.reshape(len(fields), 4, 4), 1)
        reduced = np.einsum("ijil->jl", rho.reshape(2, 2, 2, 2))
        found.append((reduced[1, 1].real, np.trace(reduced @ reduced).real))
    return found


def exchange(detuning, drive):
    h = detuning * N_C + C.T @ B + B.T @ C + drive * (C + C.T)
    return lambda t: h


def dipole(omega_c, omega_b, g, drive, frequency):
    fixed = omega_c * N_C + omega_b * N_B + g * (C + C.T) @ (B + B.T)

    def h(t):
        turn = np.exp(1j * frequency * t)
        return fixed + drive * (C * turn + C.T * turn.conj())

    return h


if __name__ == "__main__":
    pair = exchange(0.0, 0.5)
    cases = {
        "anchor": (pair, [], 1.0, 0.5, [2.0, 5.0], {}),
        "anchor telegraph": (pair, [], 1.0, 0.5, [2.0, 5.0], {"telegraph": True}),
        "relaxing, detuned": (
            exchange(0.4, 0.5),
            [(0.3 * 1.2, C), (0.3 * 0.2, C.T), (0.1, B), (0.25, N_B)],
            1.4,
            0.8,
            [1.5, 6.0],
            {},
        ),
        "dipole, driven": (dipole(1.2, 0.9, 0.4, 0.3, 1.1), [(0.2, C)], 0.8, 1.5, [2.0, 7.0], {}),
        "known field": (pair, [], 1.0, 0.5, [1.0, 4.0], {"start": 1.5, "count": 241, "reach": 9.0}),
        "known telegraph": (pair, [], 1.0, 0.5, [1.0, 4.0], {"start": 1.0, "telegraph": True}),
    }
    for name, (h, channels, gamma, t_c, times, more) in cases.items():
        print(name)
        for row in run(h, channels, gamma, t_c, times, **more):
            print("    [{:.12f}, {:.12f}],".format(*row))
