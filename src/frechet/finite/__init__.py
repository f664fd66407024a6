"""Finite differences with an error bar."""

from .derivatives import directional
from .result import Estimate
from .stencils import Stencil, backward, central, forward, stencil

__all__ = ["Estimate", "Stencil", "backward", "central", "directional", "forward", "stencil"]
