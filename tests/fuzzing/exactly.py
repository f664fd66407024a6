"""What exact arithmetic has against a random expression: its simplified form, its derivative."""

from __future__ import annotations

from frechet.calculus.derivative import derivative
from frechet.check.exact import Proof, counterexample, prove
from frechet.expr.node import Expr
from frechet.language import to_text
from frechet.simplify import simplify
from tests.fuzzing.cases import Case

__all__ = ["refuted"]

SECONDS = 0.04  # times the pace of the suite, for each question: what takes longer is left open


def refuted(case: Case) -> tuple[str | None, bool]:
    """What is wrong with the simplified form or the differential, or None; whether the simplified form is proved."""
    X = case.variables[0]
    questions = (
        ("value", (), simplify(case.f)),
        ("differential", (X,), derivative(case.f, [X]).differential),
    )
    proved = False
    for form, variables, claim in questions:
        (proof,) = prove(case.f, variables, [(form, claim)], seed=case.seed, seconds=SECONDS)
        if _is_contradicted(proof, case.f, variables, form, claim):
            return f"expression {case.seed}: {case}\n{form}: {to_text(claim)}\n{proof}", False
        proved = proved or (form == "value" and proof.outcome == "equal")
    return None, proved


def _is_contradicted(proof: Proof, f: Expr, variables: tuple[Expr, ...], form: str, claim: Expr) -> bool:
    """A difference that is a proof, or one where signs or unknown functions occur and a point shows it."""
    if proof.outcome == "unequal":
        return True
    return "differ" in proof.reason and counterexample(f, variables, form, claim, seconds=1) is not None
