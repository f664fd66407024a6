"""What the engine does with each node, recorded: what it puts in its place, and whose normal forms it asks for on the way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from unittest import mock

import frechet.simplify.canonical  # noqa: F401
from frechet.expr.memos import recall
from frechet.expr.node import Expr

__all__ = ["Recorded", "rewritings"]

ENGINE = sys.modules["frechet.simplify.canonical"]  # the name within the room is that of the function


class Recorded(NamedTuple):
    """Pairs of expressions, in the order in which they were met."""

    rewritten: dict[tuple[Expr, Expr], None]  # a node, and what stands in its place and is still to be worked on
    asked: dict[tuple[Expr, Expr], None]  # a node, and an expression whose normal form its own is made of
    within_itself: dict[Expr, None]  # a node whose normal form its own is made of


@contextmanager
def rewritings() -> Iterator[Recorded]:
    found = Recorded({}, {}, {})
    working: list[Expr] = []
    rewrite, work = ENGINE._rewritten, ENGINE._canonical

    def rewritten(node: Expr) -> Expr:
        if node in working:
            found.within_itself[node] = None
        working.append(node)
        try:
            other = rewrite(node)
        finally:
            working.pop()
        if other is not node and recall(other, "canonical") is None:
            found.rewritten[node, other] = None
        return other

    def asked(root: Expr) -> Expr:
        if working:
            found.asked[working[-1], root] = None
        return work(root)

    with mock.patch.object(ENGINE, "_rewritten", rewritten), mock.patch.object(ENGINE, "_canonical", asked):
        yield found
