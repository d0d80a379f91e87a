"""Learning to Relax, again: which omega successive over-relaxation needs, learnt along a sequence.

    python -m optwright.benchmarks.relaxation --systems 5000 --trials 40

Systems are (A + cI) x = b, A the five-point Laplacian of a 10 x 10 grid and c random, solved to
a relative residual of 1e-8. Sweeps are counted without doing them: in red and black order the error
of each pair of modes follows a matrix of 2 x 2, and b is as random in the modes as on the grid.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from optwright.optim.sequence.contextual import Contextual
from optwright.solvers.model.linear_model import Floats

SIDE = 10
TOLERANCE = 1e-8
DOUBLINGS = 13  # at most 2**13 sweeps
OMEGAS = np.linspace(1.0, 1.95, 20)
SHIFTS = {"high": (0.5, 1.5), "low": (2.0, 6.0)}
"""c is -0.15 + 0.6 Beta(a, b), of high and of low variance."""


def shifts(variance: str, systems: int, seed: int) -> Floats:
    """The c of each system of a sequence."""
    found: Floats = -0.15 + 0.6 * np.random.default_rng(seed).beta(*SHIFTS[variance], systems)
    return found


def sweeps(c: Floats, omegas: Floats, seed: int = 0) -> Floats:
    """How many sweeps each system takes with each omega: one row a system, one column an omega."""
    angle = 2 * np.cos(np.pi * np.arange(1, SIDE + 1) / (SIDE + 1))
    pairs = np.sort(np.abs(np.add.outer(angle, angle).ravel()))[::2]  # they come as plus and minus
    draw = np.random.default_rng(seed).normal(size=(2, len(c), 1, len(pairs)))
    diagonal = (4 + c)[:, None, None]
    mu, w = pairs / diagonal, omegas[None, :, None]
    # The error to begin with is the solution: D (a - mu b) = red, D (b - mu a) = black.
    det = diagonal * (1 - mu**2)
    shape = len(c), len(omegas), len(pairs)
    error: Pair = (
        np.broadcast_to((draw[0] + mu * draw[1]) / det, shape),
        np.broadcast_to((draw[1] + mu * draw[0]) / det, shape),
    )
    step = (1 - w + 0 * mu, w * mu, w * mu * (1 - w), 1 - w + (w * mu) ** 2)
    powers = [step]
    for _ in range(DOUBLINGS - 1):
        powers.append(_squared(powers[-1]))
    size = np.sqrt((draw**2).sum((0, 3)))
    done = np.zeros((len(c), len(omegas)))
    for k in reversed(range(DOUBLINGS)):
        ahead = _applied(powers[k], error)
        rest = [diagonal * (ahead[i] - mu * ahead[1 - i]) for i in (0, 1)]
        short = np.sqrt((rest[0] ** 2 + rest[1] ** 2).sum(2)) > TOLERANCE * size
        done += short * 2**k
        on = short[:, :, None]
        error = np.where(on, ahead[0], error[0]), np.where(on, ahead[1], error[1])
    return done + 1


Pair = tuple[Floats, Floats]
Matrix = tuple[Floats, Floats, Floats, Floats]


def _squared(m: Matrix) -> Matrix:
    a, b, c, d = m
    return a * a + b * c, b * (a + d), c * (a + d), d * d + b * c


def _applied(m: Matrix, v: Pair) -> Pair:
    return m[0] * v[0] + m[1] * v[1], m[2] * v[0] + m[3] * v[1]


@dataclass(frozen=True)
class Learnt:
    """Mean sweeps of a bandit along a sequence, and in its last third."""

    mean: float
    late: float


def learn(table: Floats, c: Floats | None = None, bins: int = 1, seed: int = 0) -> Learnt:
    """Choose an omega for one system after the other. With `bins` there is a bandit for each part
    of the range of c, which is known of a system before it is solved."""
    bandits = Contextual(table.shape[1], seed)
    paid = np.zeros(len(table))
    for t, row in enumerate(table):
        kind = "" if c is None else str(int(bins * (c[t] + 0.15) / 0.6))
        paid[t] = row[bandits.choose(kind)]
        bandits.learn(float(paid[t]) - 1)  # the first sweep is never saved
    return Learnt(float(paid.mean()), float(paid[-len(paid) // 3 :].mean()))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="optwright.benchmarks.relaxation")
    parser.add_argument("--systems", type=int, default=500)
    parser.add_argument("--trials", type=int, default=5)
    given = parser.parse_args(arguments)
    fixed = [1.0, 1.2, 1.4, 1.6, 1.8]
    heads = " | ".join(f"{omega:g}" for omega in fixed)
    print(f"| variance | {heads} | best of 20 | bandit (last third) | by 4 bins of c | by 16 |")  # noqa: T201  (the report)
    print("| --- |" + " --- |" * 9)  # noqa: T201  (the report)
    for variance in SHIFTS:
        rows = []
        for trial in range(given.trials):
            c = shifts(variance, given.systems, trial)
            table = np.concatenate([sweeps(part, OMEGAS, trial) for part in np.array_split(
                c, max(given.systems // 250, 1))])  # fmt: skip
            plain, few, many = (
                learn(table, seed=trial),
                learn(table, c, 4, trial),
                learn(table, c, 16, trial),
            )
            means = table.mean(0)
            at = [int(np.argmin(np.abs(omega - OMEGAS))) for omega in fixed]
            rows.append([*means[at], means.min(), plain.mean, plain.late, few.mean, many.mean])
        m = np.mean(rows, axis=0)
        told = " | ".join(f"{value:.0f}" for value in m[:6])
        print(f"| {variance} | {told} | {m[6]:.0f} ({m[7]:.0f}) | {m[8]:.0f} | {m[9]:.0f} |")  # noqa: T201  (the report)


if __name__ == "__main__":
    main()
