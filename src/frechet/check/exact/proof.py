"""What came out of a question to exact arithmetic, and how it can be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Proof"]


@dataclass(frozen=True)
class Proof:
    """What exact arithmetic says of one claim.

    outcome            "equal"; "equal where defined": wherever the claim has a value, but it has none on part of the
                       domain of the function (`undefined`, `narrower`); "unequal"; None: not decided here
    form               "gradient", "Jacobian", "differential", "Hessian", or "value" for two expressions
    reason             why it is None or "unequal", in words; empty for "equal"
    given              what was taken as unknown functions: "equal" holds given their derivatives
    narrower           the claim takes a root, logarithm or power of something that the function does not: its domain is
                       to be looked at
    undefined          sizes at which the function has a value and the claim has none, with the reason
    only_these_sizes   a size stands as a number in the formula: proved at the sizes named, not for all
    in_subspace        whether a gradient lies in the subspace of its variable; None where there is none
    sizes              the sizes at which it was carried out; `points` of each
    skipped            sizes at which the function has no value, with the reason
    degree             the bound of the degree of the difference
    error_probability  of "equal" for a claim that is not
    failing            for "unequal", the sizes at which the values differ
    """

    outcome: str | None
    form: str
    reason: str = ""
    seed: int = 0
    primes: tuple[int, ...] = ()
    sizes: tuple[dict[str, int], ...] = ()
    points: tuple[int, ...] = ()
    skipped: tuple[tuple[dict[str, int], str], ...] = ()
    undefined: tuple[tuple[dict[str, int], str], ...] = ()
    degree: int = 0
    error_probability: float = 1.0
    given: tuple[str, ...] = ()
    narrower: bool = False
    only_these_sizes: bool = False
    in_subspace: bool | None = None
    failing: Mapping[str, int] | None = None

    @property
    def certificate(self) -> dict[str, Any]:
        """What `replay` needs, as JSON can hold it."""
        return {
            "form": self.form,
            "outcome": self.outcome,
            "seed": self.seed,
            "primes": list(self.primes),
            "sizes": [dict(s) for s in self.sizes],
            "points": list(self.points),
            "error_probability": self.error_probability,
        }
