"""From expressions to values: one function an operation of the table, registered by its name.

Nothing is computed that the context does not ask for: a trace of a product never sees the product, the inverse of
a matrix stays a factor that is solved with, a diagonal matrix stays a vector.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from frechet.budgets import tick
from frechet.compile.build import Builder
from frechet.compile.chain import Key
from frechet.compile.kernels import kernel_of
from frechet.compile.rewriting import alternatives, with_shared_sums
from frechet.compile.values import Value
from frechet.errors import EvaluationError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, operations, postorder
from frechet.expr.properties import properties_of
from frechet.expr.sizes import ONE, Size
from frechet.expr.stable import stable
from frechet.language import to_text
from frechet.simplify.registry import by_declared_law

__all__ = ["Lowering", "Schedule", "by_its_own_kernel", "lower", "lowers", "ndim_of", "shape_of"]

Rule = Callable[["Lowering", Expr], Value]
_rules: dict[str, Rule] = {}

KEPT_FACTS = frozenset({"symmetric", "psd", "spd", "diagonal", "lower", "upper", "orthogonal"})
# Deeper expressions than this are lowered from the leaves in stages, so that Python's stack suffices: after fewer levels
# where an array is made in any case, after more where the context might not ask for it.
STAGE, STAGE_OF_ALL = 40, 60


def lowers(*names: str) -> Callable[[Rule], Rule]:
    """Declares how operations of the table become values."""

    def file(rule: Rule) -> Rule:
        for name in names:
            if name in _rules:
                raise ValueError(f"{name} is lowered twice")
            _rules[name] = rule
        return rule

    return file


class Lowering:
    """One pass over the roots. `known` holds products that are computed in any case: chains may use them freely."""

    def __init__(self, builder: Builder, known: Mapping[Key, Value], users: Mapping[Key, set[Expr]]):
        self.b = builder
        self.known = known
        self.known_users = users
        self.users: dict[Key, set[Expr]] = {}  # the nodes for which a product was made
        self.current: Expr | None = None
        self.segments: dict[Key, Value] = {}
        self.done: dict[Expr, Value] = {}
        self.staged: set[Expr] = set()  # nodes whose value is there: nobody looks for another way below them
        self.uses: Counter[Expr] = Counter()

    def value(self, node: Expr) -> Value:
        """The value of a node: a number, a vector or a matrix."""
        found = self.done.get(node)
        if found is None:
            rule = _rules.get(node.op.name, by_its_own_kernel)
            outer, self.current = self.current, node
            found = rule(self, node)
            self.current = outer
            assert found.ndim == ndim_of(node), f"{node.op.name} was lowered to {found.ndim} dimensions"
            self.b.learn(found, self.facts(node))
            if not found.label:
                found.label = to_text(node) if node.weight < 60 else ""
            self.done[node] = found
        return found

    def record(self, key: Key, value: Value) -> None:
        """Remembers a product, and for which node it was made."""
        self.segments[key] = value
        if self.current is not None:
            self.users.setdefault(key, set()).add(self.current)

    def is_known(self, key: Key) -> bool:
        """Whether a product costs nothing: made before in this pass, or needed by another node anyway."""
        if key in self.segments:
            return True
        return key in self.known and not self.known_users[key] <= {self.current}

    def diagonal_of(self, node: Expr) -> Value:
        """diag(A)."""
        return self.value(operations["diag"](node))

    def simpler(self, node: Expr) -> Expr | None:
        """A function of one matrix by a law on its declaration, or of the parts of a scaled matrix; None where that is at hand."""
        (A,) = node.args
        if A in self.staged:
            return None
        if A.op.name == "scale":
            return A.op(*A.args[:-1], node.op(A.args[-1], params=node.params))
        return by_declared_law(node)

    def by_entry(self, node: Expr) -> Expr | None:
        """Entries of a matrix that is made entry by entry, as the same function of those of its parts; else None."""
        (A,) = node.args
        if A in self.staged or not (A.op.elementwise or A.op.name in ("add", "hadamard", "scale")):
            return None
        parts = [a if a.is_scalar else node.op(a, params=node.params) for a in A.args]
        return A.op(*parts, params=A.params)

    def facts(self, node: Expr) -> set[str]:
        known = properties_of(node)
        facts = set(known & KEPT_FACTS) if not node.is_scalar else set()
        if "positive" in known:
            facts.add("nonnegative")
        return facts

    def run(self, roots: Sequence[Expr]) -> list[Value]:
        """The values of the roots."""
        height: dict[Expr, int] = {}
        self.uses = Counter([*roots, *(a for node in postorder(*roots) for a in node.args)])
        for node in postorder(*roots):
            tick()
            height[node] = 1 + max([height[a] for a in node.args], default=0)
            is_array = node.op.elementwise or node.op.name in ("add", "hadamard")
            if height[node] > (STAGE if is_array else STAGE_OF_ALL):
                self.value(node)
                self.staged.add(node)
                height[node] = 0
        return [self.value(r) for r in roots]


def ndim_of(node: Expr) -> int:
    """0 for 1×1, 1 for a column or a row, 2 for a matrix."""
    return 0 if node.is_scalar else 1 if ONE in node.shape else 2


def shape_of(node: Expr) -> tuple[Size, ...]:
    """The shape inside: () for 1×1, (n,) for n×1 and 1×n, (m, n)."""
    return () if node.is_scalar else tuple(s for s in node.shape if s is not ONE)


def by_its_own_kernel(lowering: Lowering, node: Expr) -> Value:
    """An operation without a special form: the kernel of its name, or its value, on two-dimensional arrays."""
    if node.op.value is None:
        raise EvaluationError(f"{node.op.name} has no value: it stands for something still to be worked out")
    b, name, of, shape = lowering.b, node.op.name, kernel_of(node.op.name).of, shape_of(node)
    args = [lowering.value(a) for a in node.args]
    if node.op.elementwise and not node.params:
        return b.elementwise(name, *args)
    if of == "any" or (of == "matrix" and len(shape) == 2 and all(a.ndim == 2 for a in args)):
        return b.make(name, *args, params=node.params, shape=shape)
    if of == "entries":
        return b.of_entries(name, args[0], shape)
    if of == "rows":
        return b.of_rows(name, args[0], node.args[0].rows is ONE, shape)
    return b.make("operation_kernel", *args, shape=shape, params=(name, node.params, node))


class Schedule:
    """Values in the order in which they are computed, the roots among them, how often each is used; what was rewritten for it,
    into what."""

    def __init__(self, builder: Builder, roots: Sequence[Value], exprs: Sequence[Expr]):
        self.builder = builder
        self.roots = tuple(roots)
        self.exprs = tuple(exprs)
        self.order = postorder(*reversed(roots))
        self.flops = sum(builder.flops(v) for v in self.order)
        self.uses = Counter([*self.roots, *(a for v in self.order for a in v.args)])
        self.rewritten: tuple[tuple[Expr, Expr], ...] = ()

    @cached_property
    def letters(self) -> set[str]:
        """The size letters that the text can mention."""
        return {letter for v in self.order for s in v.sizes for letter in s.letters}

    def without_text(self, writes: Callable[[str], bool]) -> list[Value]:
        """The operations of the table that a language has no text for."""
        return [v for v in self.order if v.kernel == "operation_kernel" and not writes(v.params[0])]


# Alternatives are tried where there are so many flops that saving SAVED of them pays, and while all the programs together
# have no more than NODES nodes.
EXPENSIVE, SAVED, NODES = 1e6, 0.05, 4000


def lower(
    roots: Sequence[Expr],
    numbers: Mapping[str, int],
    is_complex: bool = False,
    writes: Callable[[str], bool] = lambda name: False,
) -> Schedule:
    """The program of least cost, of the expressions as they stand and with sums of products written the other way.

    What is defined in the language is expanded, but where the language of the code `writes` it by a word of its own.
    """
    exprs = [expanded(r, lambda op: writes(op.name)) for r in roots]
    exprs = with_shared_sums(exprs if is_complex else [stable(e) for e in exprs])  # the stable forms order numbers
    best = _ordered(exprs, numbers, is_complex)
    count, spent, improved = sum(1 for _ in postorder(*exprs)), 0, True
    while improved and best.flops >= EXPENSIVE and count <= NODES:
        improved = False
        for changed, change in alternatives(exprs):
            spent += count
            if spent > NODES:
                break
            program = _ordered(changed, numbers, is_complex)
            if program.flops < (1 - SAVED) * best.flops:
                program.rewritten = (*best.rewritten, *change.items())
                best, exprs, improved = program, changed, True
                break
    best.exprs = tuple(roots)  # what the text says that it computes
    return best


def _ordered(roots: Sequence[Expr], numbers: Mapping[str, int], is_complex: bool) -> Schedule:
    """The program of these very expressions: chains are ordered once alone, then again knowing what the others compute."""
    builder = Builder(numbers, is_complex)
    known: dict[Key, Value] = {}
    users: dict[Key, set[Expr]] = {}
    best: Schedule | None = None
    for _ in range(3):
        lowering = Lowering(builder, known, users)
        program = Schedule(builder, lowering.run(roots), roots)
        if best is None or program.flops < best.flops:
            best = program
        needed = set(program.order)
        found = {key: value for key, value in lowering.segments.items() if value in needed}
        if found.keys() == known.keys():
            break
        known, users = found, lowering.users
    assert best is not None
    return best
