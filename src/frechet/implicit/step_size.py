"""How the next step of DOP853 follows from the error of the last one: constants that all ways of integrating share.

Source: Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, 2nd ed. (1993), sec. II.4; values as in SciPy.
"""

from __future__ import annotations

import numpy as np

__all__ = ["LEAST", "MOST", "ORDER", "SAFETY", "SMALLEST"]

SAFETY = 0.9
LEAST, MOST = 0.2, 10.0
"""By which a step is changed."""
ORDER = 8
SMALLEST = 100 * float(np.finfo(float).eps)
"""What a relative tolerance may be."""
