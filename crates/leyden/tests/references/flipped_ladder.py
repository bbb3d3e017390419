"""Singular values of the star's ladder operator in high precision.

    A = F + g J^-  on n = 0..N,   <n-1|J^-|n> = sqrt(n (N - n + 1)),   F = 0.5, g = 1
    P|n> = |N-n>,  P A = (P A)^T,  P A v = lambda v,  d = |lambda|

Run:  pip install mpmath==1.4.1  (gmpy2 makes it faster), then  python flipped_ladder.py
Writes flipped_ladder.json beside itself.

Every N is checked against  prod d = F^(N+1)  (A is upper triangular), against
sum d^2 = ||A||_F^2, and, for the listed N, against a second run with more digits.
"""
import json
from pathlib import Path

from mpmath import mp, mpf, matrix, eigsy, sqrt, nstr, fabs, fprod, fsum

DIGITS = 320
LISTED = (2, 3, 5, 8, 13, 20, 30, 40, 50, 60)


def flipped_eigenvalues(cells, digits):
    """All eigenvalues of P A, ascending, from the dense symmetric matrix."""
    mp.dps = digits
    drive, g = mpf(1) / 2, mpf(1)
    a = matrix(cells + 1)
    for n in range(cells + 1):
        a[n, n] = drive
        if n:
            a[n - 1, n] = g * sqrt(mpf(n * (cells - n + 1)))
    flipped = matrix(cells + 1)
    for row in range(cells + 1):
        for col in range(cells + 1):
            flipped[row, col] = a[cells - row, col]
    assert flipped == flipped.T
    values = sorted(eigsy(flipped, eigvals_only=True))
    product = fprod(fabs(x) for x in values)
    assert fabs(product / drive ** (cells + 1) - 1) < mpf(10) ** -60, (cells, nstr(product / drive ** (cells + 1) - 1))
    frobenius = fsum(x * x for x in a)
    assert fabs(fsum(x * x for x in values) / frobenius - 1) < mpf(10) ** -(digits - 10)
    return values


def close_pairs(values, limit):
    """|lambda_i + lambda_j| of the pairs with opposite signs that lie below the limit, ascending."""
    found = []
    for i, x in enumerate(values):
        for y in values[i + 1:]:
            if x * y < 0 and fabs(x + y) < limit:
                found.append(fabs(x + y))
    return sorted(found)


def decimal(x, digits):
    return nstr(x, digits, min_fixed=-2, max_fixed=6, strip_zeros=False)


def main():
    smallest, listed = {}, {}
    for cells in range(2, 61):
        values = flipped_eigenvalues(cells, DIGITS)
        smallest[cells] = decimal(min(fabs(x) for x in values), 25)
        if cells in LISTED:
            listed[cells] = {
                "lambda": [decimal(x, 40) for x in values],
                "splittings": [decimal(x, 40) for x in close_pairs(values, mpf(1) / 10)],
            }
            again = flipped_eigenvalues(cells, DIGITS + 80)
            assert [decimal(x, 40) for x in again] == listed[cells]["lambda"]
            assert [decimal(x, 40) for x in close_pairs(again, mpf(1) / 10)] == listed[cells]["splittings"]
    out = {
        "about": "A = F + g J^- on the ladder 0..N; lambda: eigenvalues of P A, ascending; d = |lambda|; "
                 "splittings: |lambda_i + lambda_j| below 0.1 g for opposite signs, ascending",
        "drive": 0.5, "coupling": 1.0,
        "smallest_singular_value": smallest, "flipped": listed,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
