"""What is known about an operation. Rooms ask it; they keep no lists of names. (Expressions are `Any` here: `node` imports this.)"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from frechet.expr.signature import Shape, Signature

__all__ = ["Facts"]


@dataclass(eq=False)
class Facts:
    """The declaration of an operation; declarations live in `frechet.rules`.

    There is, for each argument, either a *differential* (the operation is nonlinear in it) or an *adjoint* and a *matrix*
    (it is linear in it).

    name         as the language writes it
    signature    sizes in and out, or for structural operations a function (args, params) -> shape
    value        the numeric kernel: two-dimensional arrays, then size parameters as integers; a `Kernel` where code prints it
    definition   (*args, *params) -> Expr: what it stands for; then its derivative, canonical form and code are those of
                 the definition, and `value` may give its value in a better way
    fold         (args, params) -> Expr or None: what the constructor answers itself
    transposed   "commutes": f(A)' = f(A');  "invariant": f(A)' = f(A);  or a function node -> Expr
    elementwise  acts on each entry alone
    contextual   the kernel is also given the node
    holomorphic  the numbers of the arguments in which it is complex differentiable, True for all: in these it takes complex
                 arrays. What conjugates, takes an absolute value or orders numbers is not; nor is the transpose, which has
                 two readings
    additive     linear in all arguments together (a sum), not in each alone (a product)
    properties   node -> names of the properties that the result has
    fits         node -> pairs of sizes, the first of which may not exceed the second: positions and counts that have to exist
    domain       a condition in words, with {0}, {1} for the arguments, shown as an assumption
    symmetric_domain  the same condition in the words that people use where the first argument is symmetric
    convention   in words, what is taken where the function is not differentiable
    finite       its arguments must be finite: what LAPACK makes of NaN is no answer
    corner       arrays (and parameters) -> why the operation is not differentiable there, or None
    one_sided    arrays, tangents (and parameters) -> the one-sided directional derivative, right at corners too
    sample       rng -> arrays (and size parameters) inside the domain, for the laws that test every operation
    outside      points outside of the domain, as `sample` gives them, one for each way to be outside: there the value or
                 the derivative is refused, or NaN; empty where no point is (a rank that does not change)
    laws         identities that the simplifier uses from left to right: "inv(diag(x)) = diag(1./x)", see `frechet.simplify.laws`
    sums         what it adds up to with another function of the same argument: "sin(a)^2 + cos(a)^2 = 1"
    products     what it makes with another factor: "sin(a)/cos(a) = tan(a)"
    doubled      what makes a function of the double angle: "1 - 2*sin(a)^2 = cos(2*a)"
    idempotent   f(A)*f(A) = f(A): it is a projector
    parity       "odd" where f(-x) = -f(x), "even" where f(-x) = f(x)
    stably       node -> the same function by operations that neither overflow nor cancel, or None: see `frechet.expr.stable`
    source       where the formula is from
    notation     how it is written on paper, with {0}, {1} for the arguments' LaTeX
    spoken       what a screen reader says of the notation where that alone says too little: "transpose", "inverse"
    black_box    its value is a function of the user's, which runs in this process whatever the target
    internal     it occurs in derivatives only: people have no need to write it, and `dir(fr)` does not list it
    operator     text writes it with a sign, not as a function of its name
    spelled      the function that text writes for it, where that is not its name
    aliases      further names that text may call it by
    formula      its differential in general letters, where it takes any number of arguments or is written with a sign
    rule_name    what a derivation calls its rule; its name where this is empty
    taken_for    the operation that it is mistaken for, and what to say about the two
    result       "real" where numbers are real for complex arguments, "complex" where they are complex for real ones
    norm_like    a norm or a root: where it is 0, a quotient 0/f is taken as 0
    within_1     |f(x)| < 1 for all real x
    partial      entries that do not exist are NaN, the others right
    together     the operations that one factorization gives, in the values of which its differential is written
    of_spectrum  (F, whether V is orthogonal) -> the function of f(λ) as one of F = V*diagm(f(λ))*inv(V), where it is one
    instead      functions of the same matrix that are differentiable where values coincide and this one is not
    """

    name: str
    signature: Signature | Callable[[tuple[Any, ...], tuple[Any, ...]], Shape]
    value: Callable[..., Any] | None = None
    definition: Callable[..., Any] | None = None
    fold: Callable[[tuple[Any, ...], tuple[Any, ...]], Any] | None = None
    transposed: str | Callable[[Any], Any] | None = None
    elementwise: bool = False
    contextual: bool = False
    additive: bool = False
    holomorphic: bool | tuple[int, ...] = False
    properties: Callable[[Any], Iterable[str]] | None = None
    fits: Callable[[Any], Iterable[tuple[Any, Any]]] | None = None
    domain: str = ""
    symmetric_domain: str = ""
    convention: str = ""
    finite: bool = False
    corner: Callable[..., str | None] | None = None
    one_sided: Callable[..., Any] | None = None
    sample: Callable[..., Any] | None = None
    outside: tuple[tuple[Any, ...], ...] | None = None
    laws: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    idempotent: bool = False
    parity: str = ""
    stably: Callable[[Any], Any] | None = None
    source: str = ""
    notation: str = ""
    spoken: str = ""
    internal: bool = False
    operator: bool = False
    spelled: str = ""
    aliases: tuple[str, ...] = ()
    formula: str = ""
    rule_name: str = ""
    taken_for: tuple[str, str] | None = None
    result: str = ""
    norm_like: bool = False
    within_1: bool = False
    partial: bool = False
    together: tuple[str, ...] = ()
    of_spectrum: Callable[[Any, bool], Any] | None = None
    instead: str = ""
    black_box: bool = False
