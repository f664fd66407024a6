"""Drop-in linear algebra for PyTorch, from the rules of the table; `frechet.torch.linalg` is this module."""

from __future__ import annotations

from typing import Any

import torch

from frechet.interop.linalg import Linalg
from frechet.interop.torch_rows import call_row


def _permutation(A):
    P = torch.linalg.lu(A.detach())[0]
    return P.real.argmax(dim=0) if P.is_complex() else P.argmax(dim=0)


_linalg = Linalg(torch, call_row, torch.as_tensor, _permutation)

__all__ = [name for name in dir(_linalg) if not name.startswith("_")]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(_linalg, name)
    raise AttributeError(f"frechet.torch.linalg has no function {name!r}; it has {', '.join(__all__)}")
