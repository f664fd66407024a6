"""The examples of eigenvalue optimization converge, to published optima, where eigenvalues meet."""

from __future__ import annotations

import numpy as np
import pytest

from examples import column, drums


def test_the_strongest_column_has_the_published_double_load(capsys):
    first, second = column.main(["--elements", "20"])
    assert first == pytest.approx(column.PUBLISHED, rel=5e-3)
    assert second == pytest.approx(first, rel=1e-5)
    assert "double" in capsys.readouterr().out


def test_the_uniform_column():
    loads = column.buckling_loads(np.ones(21))
    assert loads[0] == pytest.approx(4 * np.pi**2, rel=1e-4)
    assert loads[1] == pytest.approx(4 * 4.493409**2, rel=1e-3)  # tan(x) = x


def test_the_best_string_and_drum(capsys):
    string, drum = drums.main(["--string", "40", "--drum", "8"])
    assert string.eigenvalues[0] == pytest.approx(drums.H * np.pi**2, rel=3e-3)  # Krein 1955
    assert string.gap < 1e-9
    assert drum.gap < 1e-5
    assert drum.eigenvalues[2] == pytest.approx(drum.eigenvalues[1], rel=1e-9)
    assert drum.eigenvalues[3] > 1.05 * drum.eigenvalues[2]
    assert "of the minimum" in capsys.readouterr().out


def test_another_density_is_worse():
    K, P = drums.string(16)
    best = drums.best_density(K, P, 1)
    R = np.linalg.inv(np.linalg.cholesky(K)).T
    worse = (best.density + 1) / 2
    assert np.linalg.eigvalsh(R.T @ ((P @ worse)[:, None] * R))[-1] > (1 + 1e-3) * best.value
