"""Constants that are bound by an equation: the blocks of a symplectic matrix.

    fr.jacobian_of("Y = (A*X + B)*inv(C*X + D)", wrt="X", X="symmetric(n)", **{"[A B; C D]": "symplectic(2*n)"})

M = [A B; C D] is symplectic where M'*J*M = J, J = [0 I; -I 0]: A'*D - C'*B = I, A'*C and B'*D symmetric. With diagonal
blocks that says a_i = (1 + b_i c_i)/d_i. Source: Siegel, Symplectic Geometry, Amer. J. Math. 65 (1943).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from frechet.errors import EvaluationError, LanguageError
from frechet.expr.sizes import Size
from frechet.forms.factors import MatrixFactor, factor
from frechet.forms.scalars import Scalars

__all__ = ["Relation", "read_relation"]

Array = np.ndarray
_BLOCKS = re.compile(r"\s*\[\s*(\w+)[\s,]+(\w+)\s*;\s*(\w+)[\s,]+(\w+)\s*\]\s*")
_KIND = re.compile(r"\s*((?:complex\s+)?)symplectic\s*\(\s*2\s*\*?\s*(\w+)\s*\)\s*")


@dataclass(frozen=True)
class Relation:
    """[A B; C D] is symplectic, real or complex (with the plain transpose)."""

    text: str
    factors: tuple[MatrixFactor, MatrixFactor, MatrixFactor, MatrixFactor]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of A, B, C, D."""
        return tuple(f.name for f in self.factors)

    @property
    def size(self) -> Size:
        """The size of a block."""
        return self.factors[0].sizes[0]

    @property
    def dependent(self) -> str:
        """The block that the others determine where all are diagonal: A."""
        return self.factors[0].name

    def sampled(self, scalars: Scalars, rng: np.random.Generator, n: int) -> tuple[Array, ...]:
        """Random blocks: [I S; 0 I]*[I 0; T I]*[G 0; 0 inv(G')] with symmetric S and T."""
        S, T, G = (scalars.gaussian(rng, n, n) for _ in range(3))
        S, T, G = S + S.T, T + T.T, G + 2 * np.eye(n)
        H = np.linalg.inv(G.T)
        return (np.eye(n) + S @ T) @ G, S @ H, T @ G, H

    def require(self, blocks: Mapping[str, Array]) -> None:
        """EvaluationError where arrays do not fulfil the equation."""
        A, B, C, D = (blocks[name] for name in self.names)
        n = len(A)
        M, J = np.block([[A, B], [C, D]]), np.block([[np.zeros((n, n)), np.eye(n)], [-np.eye(n), np.zeros((n, n))]])
        gap = float(np.linalg.norm(M.T @ J @ M - J)) / (1 + float(np.linalg.norm(M)) ** 2)
        if gap > 1e-8:
            raise EvaluationError(f"{self.text} is declared symplectic, and the arrays are not: off by {gap:.1e}")

    def diagonal(self, b: Any, c: Any, d: Any) -> Any:
        """a_i of diagonal blocks."""
        return (b * c + 1) / d

    @property
    def condition(self) -> str:
        """The equation in words."""
        A, B, C, D = self.names
        return f"{self.text} is symplectic: {A}'*{D} - {C}'*{B} = I, {A}'*{C} and {B}'*{D} are symmetric"


def read_relation(blocks: str, declaration: Any) -> Relation:
    """The relation that "[A B; C D]" and "symplectic(2*n)" write. LanguageError otherwise."""
    found, kind = _BLOCKS.fullmatch(blocks), _KIND.fullmatch(str(declaration))
    if found is None or kind is None or len(set(found.groups())) != 4:
        raise LanguageError(
            "blocks are declared together as '[A B; C D]': 'symplectic(2*n)', or 'complex symplectic(2*n)'", blocks, 0
        )
    A, B, C, D = (factor(name, f"{kind[1]}matrix({kind[2]},{kind[2]})") for name in found.groups())
    return Relation(blocks.strip(), (A, B, C, D))
