"""The plot shows each scheme's error with its slope, and marks the choice; the public surface is pinned."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest

from frechet import finite


def test_slopes_are_visible():
    ax = finite.plot(np.exp, 1.0, 1.0, exact=np.e)
    lines = {line.get_label(): line.get_data() for line in ax.get_lines()}
    for name, slope in [("forward", 1), ("central", 2), ("central, order 4", 4)]:
        h, error = lines[name]
        at = [int(np.argmin(np.abs(h - 2.0**-k))) for k in (3, 5)]
        assert np.log(error[at[0]] / error[at[1]]) / np.log(4) == pytest.approx(slope, abs=0.3)
    assert any(label.startswith("chosen") for label in lines)


def test_public_names():
    assert finite.__all__ == sorted(finite.__all__)
    assert all(hasattr(finite, name) for name in finite.__all__)
