"""fr.order: what forward, reverse and the best order of the chain rule cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from frechet.calculus.derivative import find_variables
from frechet.errors import DerivativeError, FrechetError
from frechet.expr.node import Expr, symbols
from frechet.tracing.derivatives import Linearization, linearize
from frechet.tracing.order.accumulate import accumulated, can_accumulate
from frechet.tracing.order.association import Association, best_association
from frechet.tracing.order.factors import ChainFactor, FactorChain, chain_of
from frechet.tracing.order.of_formula import code_of
from frechet.tracing.picture.of_formula import read

__all__ = ["Order", "order"]


@dataclass(frozen=True)
class Order:
    """The derivative as a product Jk·...·J2·J1 of factors, and what it costs to multiply them.

    factors      from the argument to the value: rows, cols, operations of a product with one direction (push) or, transposed,
                 with one cotangent (pull)
    forward      operations of the Jacobian by forward mode: every factor times a direction, one for each number of the argument
    reverse      by reverse mode: one sweep for each number of the value
    best         in the best order
    association  the best order; as text J2·(...) applies a factor to directions, × multiplies two matrices
    """

    name: str
    chain: FactorChain
    forward: int
    reverse: int
    best: int
    association: Association

    @property
    def factors(self) -> tuple[ChainFactor, ...]:
        return self.chain.factors

    @property
    def mode(self) -> str:
        """ "forward", "reverse", or "mixed" where neither is the best."""
        if self.best < min(self.forward, self.reverse):
            return "mixed"
        return "reverse" if self.reverse < self.forward else "forward"

    def jacobian(self) -> np.ndarray:
        """The product in the best order: a row for each number of the value, a column for each number of the argument."""
        if not can_accumulate(self.chain.tape):
            raise DerivativeError(
                "complex numbers, or equal eigenvalues: fr.jacobian takes the derivative direction by direction"
            )
        return accumulated(self.chain, self.association)

    def words(self, factor: ChainFactor) -> str:
        """The operations of a factor."""
        tape = self.chain.tape
        names = list(dict.fromkeys(tape.ops[i].name.removesuffix(" of matrices") for i in factor.operations))
        return (
            ", ".join(names) if len(names) < 7 else f"{', '.join(names[:5])}, ... ({len(factor.operations)} operations)"
        )

    def __str__(self) -> str:
        n = len(self.factors)
        rows, cols = self.chain.size(n), self.chain.size(0)
        lines = [f"{self.name}: a Jacobian of {rows}×{cols}, a product of {n} factor{'s' if n != 1 else ''}"]
        for k, factor in enumerate(self.factors, start=1):
            lines.append(
                f"  J{k}: {factor.rows}×{factor.cols}, {factor.push:,} operations a direction, {factor.pull:,} a cotangent"
                f" ({self.words(factor)})"
            )
        for mode, cost, what in (
            ("forward", self.forward, f"{cols} direction{'s' if cols != 1 else ''} through all factors"),
            ("reverse", self.reverse, f"{rows} cotangent{'s' if rows != 1 else ''} through all factors"),
            ("best", self.best, str(self.association) if self.mode == "mixed" else f"{self.mode} mode"),
        ):
            lines.append(f"{mode:8} {cost:>15,} operations: {what}")
        return "\n".join(lines)

    __repr__ = __str__


def order(f: Expr | str | Callable[..., Any], *args: Any, wrt: Any = None, **named: Any) -> Order:
    """How the chain rule of f is best multiplied: the factors with their sizes, the operations of each order.

    Raises LanguageError for text that cannot be read.

        fr.order(f, x0)                          # a Python function at numbers
        fr.order("B*tanh(A*x)", wrt="x", A=A0, B=B0, x=x0)

    Operations are additions and multiplications that are done anew for every direction. Factors are cut where little is
    alive, so that a chain of functions has one factor a function, and any other graph is a chain of parts. Their product is by
    dynamic programming the cheapest of all; `fr.jacobian` multiplies in this order.

    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed. (2008), ch. 9 and 10.
    """
    if isinstance(f, Expr | str):
        e, values = read(f, args, named)
        variables = find_variables(e, wrt) if wrt is not None or len(symbols(e)) == 1 else tuple(symbols(e))
        name = str(e) if e.weight < 100 else "a formula"
        given = [values[v] for v in variables if v in values]
        if not given:
            raise _constant(name)
        code = code_of(e, [v for v in variables if v in values], values)
        code.__name__ = name
        return _of(linearize(code, *given, wrt=list(range(len(given)))))
    if not callable(f):
        raise FrechetError(f"fr.order takes a Python function, an expression or text, not a {type(f).__name__}")
    return _of(linearize(f, *args, wrt=wrt, **named))


def _of(L: Linearization) -> Order:
    places = list(dict.fromkeys(p for p in L.places if p is not None))
    if not places:
        raise _constant(L.name)
    chain = chain_of(L.tape, places)
    best, association = best_association(chain.factors)
    forward = chain.size(0) * sum(f.push for f in chain.factors)
    reverse = chain.size(len(chain.factors)) * sum(f.pull for f in chain.factors)
    return Order(L.name, chain, forward, reverse, best, association)


def _constant(name: str) -> DerivativeError:
    return DerivativeError(f"the value of {name} does not depend on what it is differentiated by")
