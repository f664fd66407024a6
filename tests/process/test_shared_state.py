"""Everything that a process shares and changes is in one list, with its lock and its bound."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from frechet.caches import Recent

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "frechet"

IMPORT = "written by declarations while the package is imported, read afterwards"
ATOMIC = "inserted and removed in one step each; weak, so that it holds nothing"
SHARED = {
    "frechet.__init__:globals()": "functions of the language by name, made once; bounded by the table",
    "frechet.check.registry:mistakes": IMPORT,
    "frechet.compile.dialects.kernel_text:KERNELS": "kernels of other modules by name, on first use; either of two serves",
    "frechet.compile.lowering:_rules": IMPORT,
    "frechet.display:Expr": "how notebooks show it, set while the package is imported",
    "frechet.expr.node:operations": "written while the package is imported, and under a lock by fr.primitive; bounded by what users declare",
    "frechet.expr.node:Expr.interned": ATOMIC,
    "frechet.expr.sizes:Size._interned": ATOMIC,
    "frechet.expr.memos:_running": "local to the thread",
    "frechet.forms.weights:PATTERNS": IMPORT,
    "frechet.implicit.sparse:_PATTERNS": "at most 16 patterns, then forgotten; either of two serves",
    "frechet.language.everyday:WORDS": IMPORT,
    "frechet.operators.linearize:_PLANS": "inserted under _LOCK; weak, an entry goes with its derivative",
    "frechet.rules.stable.sums:_PAIRS": IMPORT,
    "frechet.simplify.sums:_PENDING": "local to the thread",
    "frechet.simplify.registry:general": IMPORT,
    "frechet.simplify.registry:identities": IMPORT,
    "frechet.tracing.classes:_CLASSES": "made and found under LOCK; weak",
    "frechet.tracing.copying:_COPIES": "made and found under LOCK; weak",
    "frechet.tracing.copying:_GLOBALS": "made and read under LOCK; weak",
    "frechet.tracing.copying:_MODULES": "stand-ins for modules of NumPy, SciPy and math; bounded by those, either of two serves",
    "frechet.tracing.copying:_ORIGINALS": "made under LOCK, with the copy; weak",
    "frechet.tracing.copying:_MEANINGS": "setdefault; one for each function of a library that is called",
    "frechet.tracing.kept:_KEPT": "made and found under _LOCK; weak, with a weak reference back; so many forms of arguments each",
    "frechet.tracing.graph:PRIMITIVES": "by name; those of the table are made on first use, either of two serves",
    "frechet.tracing.order.batched:_RULES": IMPORT,
    "frechet.implicit.jax_right_side:_PROGRAMS": "a bounded Recent, safe under threads",
    "frechet.tracing.compiled_sweep:_STRUCTURES": "a bounded Recent, safe under threads; of two keys for one record one is asked in vain",
    "frechet.tracing.functions.of_statistics:CREATORS": IMPORT,
    "frechet.tracing.functions.of_statistics:FUNCTIONS": IMPORT,
    "frechet.tracing.functions.sparse_entries:_PATTERNS": "setdefault; weak, a pattern goes with the matrices and records on it",
    "frechet.tracing.order.rows:_PROGRAMS": "a bounded Recent, safe under threads",
    "frechet.tracing.scalars:_KERNELS": "kernels of primitives by name, on first use; bounded by the primitives, either of two serves",
    "frechet.tracing.scalars:_PROGRAMS": "a bounded Recent, safe under threads",
    "frechet.tracing.sweep:_SWEEPS": "a bounded Recent, safe under threads",
    "frechet.tracing.sweep:_SEEN": "a bounded Recent, safe under threads",
    "frechet.tracing.primitives.elementwise:ELEMENTWISE": IMPORT,
    "frechet.tracing.primitives.special:FAMILIES": IMPORT,
    "frechet.simplify.registry:normal_forms": IMPORT,
    "frechet.simplify.products:_cancellations": IMPORT,
}
"""What functions write to beyond their own variables. `functools.lru_cache` with a bound is its own lock."""
UNBOUNDED = {"frechet.kernels.routines:routine": "one entry for each routine of LAPACK that is used, and dtype"}
"""Caches without a number as their bound, and what bounds them."""

CHANGES = frozenset(
    [
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "insert",
        "keep",
        "move_to_end",
        "pop",
        "popitem",
        "popleft",
        "remove",
        "setdefault",
        "update",
    ]
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@cache
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    paths = sorted(PACKAGE.rglob("*.py"))
    names = [".".join(("frechet", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in paths]
    return tuple((name, ast.parse(path.read_text())) for name, path in zip(names, paths, strict=True))


def _bound(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """The names that a module, or a class in it, binds to values; fields of a dataclass are the instances' own."""
    for statement in body:
        if prefix and isinstance(statement, ast.AnnAssign) and "ClassVar" not in ast.unparse(statement.annotation):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            yield from (prefix + t.id for t in targets if isinstance(t, ast.Name))
        if isinstance(statement, ast.ImportFrom) and not prefix:
            yield from (alias.asname or alias.name for alias in statement.names)
        if isinstance(statement, ast.ClassDef):
            yield from _bound(statement.body, statement.name + ".")


def _own(function: ast.AST) -> set[str]:
    """The parameters and variables of a function, and of those inside it."""
    names = {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}
    return names | {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _written(function: ast.AST) -> Iterator[ast.expr | str]:
    """What a function changes: x[...] = v, del x[...], x.append(v), global x."""
    for n in ast.walk(function):
        if isinstance(n, ast.Global):
            yield from n.names
        elif isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store | ast.Del):
            yield n.value
        elif isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in CHANGES:
            yield n.func.value
        elif isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store):
            yield n.value


def _root(target: ast.expr | str) -> str | None:
    """The name that what is changed begins with."""
    while isinstance(target, ast.Attribute | ast.Subscript | ast.Call):
        target = target.func if isinstance(target, ast.Call) else target.value
    return target if isinstance(target, str) else getattr(target, "id", None)


def written_by_functions(module: str, tree: ast.Module) -> set[str]:
    """The state of a module, and of its classes, that functions change."""
    bound, found = set(_bound(tree.body)), set()
    roots = {name.split(".")[0] for name in bound} | {"cls", "self", "globals"}
    for function in [n for n in ast.walk(tree) if isinstance(n, FUNCTIONS)]:
        own = _own(function)
        for target in _written(function):
            if _root(target) not in roots:
                continue
            text = target if isinstance(target, str) else ast.unparse(target)
            first = text.split(".")[0].split("[")[0]
            if text == "globals()" or (first in bound and (first not in own or isinstance(target, str))):
                found.add(f"{module}:{first if text != 'globals()' else text}")
            found |= {f"{module}:{name}" for name in bound if "." in name and text == name}
            owner, _, attribute = text.rpartition(".")
            if owner in ("cls", "self"):
                found |= {f"{module}:{name}" for name in bound if name.rpartition(".")[2] == attribute and "." in name}
    return found


def unbounded_caches(module: str, tree: ast.Module) -> set[str]:
    """Functions under `cache`, or `lru_cache` without a number."""
    found = set()
    values = {ast.unparse(t): n.value for n in tree.body if isinstance(n, ast.Assign) for t in n.targets}
    for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]:
        for decorator in function.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            name = ast.unparse(call.func if call else decorator).split(".")[-1]
            sizes = [k.value for k in call.keywords if k.arg == "maxsize"] + call.args if call else []
            sizes = [values.get(s.id) if isinstance(s, ast.Name) else s for s in sizes]
            is_bounded = any(isinstance(s, ast.Constant) and isinstance(s.value, int) for s in sizes)
            if name == "cache" or (name == "lru_cache" and not is_bounded):
                found.add(f"{module}:{function.name}")
    return found


def _compared(found: set[str], listed: dict[str, str]) -> None:
    modules = {name for name, _ in _modules()}
    assert found - set(listed) == set(), "shared and not in the list: say what locks and bounds it, or do without"
    assert {name for name in set(listed) - found if name.split(":")[0] in modules} == set(), "listed, and gone"


def test_all_shared_state_is_listed():
    _compared(set().union(*(written_by_functions(module, tree) for module, tree in _modules())), SHARED)


def test_all_caches_are_bounded():
    _compared(set().union(*(unbounded_caches(module, tree) for module, tree in _modules())), UNBOUNDED)


GUILTY = """
from collections import OrderedDict
from functools import cache, lru_cache
_seen = {}
_order: OrderedDict = OrderedDict()
_slot = None
class Table:
    rows = []
    def add(self, row): self.rows.append(row)
def one(x):
    _seen[x] = 1
def two(x):
    _order.move_to_end(x)
def three(x):
    global _slot
    _slot = x
def four(_seen):
    _seen[0] = 1
@cache
def five(x): return x
@lru_cache
def six(x): return x
@lru_cache(maxsize=None)
def seven(x): return x
@lru_cache(maxsize=8)
def eight(x): return x
NINE = 9
NOTHING = None
@lru_cache(maxsize=NINE)
def nine(x): return x
@lru_cache(maxsize=NOTHING)
def ten(x): return x
"""


def test_the_search_finds_what_is_shared():
    tree = ast.parse(GUILTY)
    assert written_by_functions("m", tree) == {"m:_seen", "m:_order", "m:_slot", "m:Table.rows"}
    assert unbounded_caches("m", tree) == {"m:five", "m:six", "m:seven", "m:ten"}


@pytest.mark.parametrize("bound", [1, 3])
def test_recent_results_are_bounded_and_kept_once(bound):
    recent: Recent[str] = Recent(bound)
    assert recent.get("a") is None
    assert recent.keep("a", "first") == "first"
    assert recent.keep("a", "second") == "first"
    for i in range(10):
        recent.keep(i, str(i))
    assert len(recent) == bound
    assert recent.get(9) == "9"
    assert recent.get("a") is None
