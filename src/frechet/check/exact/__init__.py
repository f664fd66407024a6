"""Exact arithmetic as an independent reference for derivatives.

    prove(f, [X], [("gradient", G)])    -> (Proof,)     is G the gradient of f by X?
    identical(f, g)                     -> Proof        are two expressions equal?

    counterexample(f, [X], "gradient", G)           a wrong claim in short numbers, both values: fractions where they are
    evaluate_precisely([f], {X: array})             values, or derivatives along directions, with 50 digits

`Proof.outcome` is "equal"; "equal where defined", if the claim lacks a value on part of the function's domain
(`Proof.undefined`, `Proof.narrower`); "unequal"; or None with a `reason`. Functions are evaluated on dual scalars modulo random
primes near 2^61, drawn after the claim is known, at sizes from 1 to 5, at random points and tangents of the sets that
the variables are declared to lie in. "equal" holds with a stated error probability (below 1e-17), given the derivatives
of the functions in `Proof.given`; "unequal" is said of rational formulas only. No rule of the table of derivatives is
used: a matrix operation is a plain algorithm on dual scalars (`meanings`).

Forms and conventions are those of `frechet.check.problem`: a gradient G is compared by <G, dX> along tangents of the
subspace of X (`Proof.in_subspace` says whether it lies there), a Jacobian maps vec(dX) to vec(df) with columns stacked,
a differential is an expression in dX, a Hessian is the matrix of vec(X) or an expression in dX.
"""

from __future__ import annotations

from frechet.check.exact.counterexamples import Refutation, counterexample
from frechet.check.exact.precise import evaluate_precisely
from frechet.check.exact.proof import Proof
from frechet.check.exact.proving import Claim, identical, prove, replay
from frechet.check.exact.scalars import NoValue, Unfinished

__all__ = [
    "Claim",
    "NoValue",
    "Proof",
    "Refutation",
    "Unfinished",
    "counterexample",
    "evaluate_precisely",
    "identical",
    "prove",
    "replay",
]
