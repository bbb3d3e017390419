"""Reference values for large stars, in 40 digits: run `python large_star.py > large_star.json` (needs mpmath).

`blocks`: eigenvalues of PA near given values and the weights of level 0 in them, by inverse iteration on A written in the order of the
ladder, n = 0..N. `limits`: eigenvalues r of rho_B(inf) as a full matrix, from all eigenvectors of PA.
"""

import json

import mpmath as mp

mp.mp.dps = 40


def band(cells, amplitude):
    """PA as {(row, column): element} with PA|n> = F|N-n> + a_n|N-n+1>."""
    entries = {}
    for n in range(cells + 1):
        entries[cells - n, n] = entries.get((cells - n, n), 0) + mp.mpf(amplitude)
        if n > 0:
            entries[cells - n + 1, n] = entries.get((cells - n + 1, n), 0) + mp.sqrt(n * mp.mpf(cells - n + 1))
    return entries


def order(cells):
    return [k // 2 if k % 2 == 0 else cells - k // 2 for k in range(cells + 1)]


def block(cells, amplitude, start):
    entries, levels = band(cells, amplitude), order(cells)
    size = cells + 1
    off = [entries[levels[k], levels[k + 1]] for k in range(cells)]
    diagonal = [entries.get((n, n), mp.mpf(0)) for n in levels]
    value, x = mp.mpf(start), [mp.mpf(1)] * size
    for _ in range(12):
        # Gaussian elimination from the bottom of PA - value.
        pivot, y = [t - value for t in diagonal], x[:]
        for k in range(size - 2, -1, -1):
            factor = off[k] / pivot[k + 1]
            pivot[k] -= factor * off[k]
            y[k] -= factor * y[k + 1]
        z = [y[0] / pivot[0]]
        for k in range(1, size):
            z.append((y[k] - off[k - 1] * z[-1]) / pivot[k])
        square = mp.fsum(t * t for t in z)
        step = mp.fsum(s * t for s, t in zip(x, z)) / square
        value += step
        x = [t / mp.sqrt(square) for t in z]
        if abs(step) < mp.mpf(10) ** -32 * abs(value):
            break
    return value, x[0] ** 2


def limit(cells, amplitude):
    size = cells + 1
    matrix = mp.zeros(size)
    for (i, j), element in band(cells, amplitude).items():
        matrix[i, j] = element
    _, v = mp.eigsy(matrix)
    rho = mp.zeros(size)
    for i in range(size):
        p = v[0, i] ** 2
        for a in range(size):
            for b in range(size):
                rho[a, b] += p * (v[a, i] * v[b, i] + v[cells - a, i] * v[cells - b, i]) / 2
    r = sorted(mp.eigsy(rho, eigvals_only=True), reverse=True)
    return {
        "cells": cells,
        "amplitude": float(amplitude),
        "largest": mp.nstr(r[0], 20),
        "passive": mp.nstr(mp.fsum(k * x for k, x in enumerate(r)), 20),
        "purity": mp.nstr(mp.fsum(x * x for x in r), 20),
    }


STARTS = [
    (150, "10000", ["-10000.1425", "9999.1425", "10001.1425", "10011.1394"]),
    (2000, "2000", ["2000.12522", "-1999.14109", "-2001.10912", "-1963.55437"]),
    (2000, "500", ["490.697063283253", "-490.697063283253", "491.640585", "-529.065339"]),
    (20000, "0.5", ["141.4206", "-141.4206"]),
]

blocks = []
for cells, amplitude, starts in STARTS:
    for start in starts:
        value, weight = block(cells, amplitude, start)
        blocks.append(
            {"cells": cells, "amplitude": float(amplitude), "lambda": mp.nstr(value, 20), "weight": mp.nstr(weight, 20)}
        )
print(json.dumps({"blocks": blocks, "limits": [limit(40, "40"), limit(41, "10"), limit(40, "0.5")]}, indent=1))
