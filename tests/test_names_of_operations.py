"""Facts about an operation stand on its declaration: no other file lists operations by name.

Counted are names in code (strings, and imports from `rules`), not in docstrings. Every pass over expressions knows what is
written with a sign (sums, products, powers, transposes, indices, blocks) and constants; those are not counted.
"""

from __future__ import annotations

import ast
from fnmatch import fnmatch
from pathlib import Path

import pytest

import frechet.rules
from frechet.expr.node import Operation, operations

PACKAGE = Path(__file__).parent.parent / "src" / "frechet"
LEAVES = frozenset({"pi", "eye", "ones", "zeros", "e", "transpose"})
NODES = LEAVES | {name for name, op in operations.items() if op.operator}
"""What is written with a sign or stands alone: the grammar of expressions."""
FEW = 8
A_SET = 4

HOMES = ("rules/*", "kernels/*")
DIALECTS = {
    "compile/dialects/*": "how a language writes it",
    "compile/kernels.py": "what it costs as a kernel of the schedule",
    "compile/natives/*": "how JAX and PyTorch write it",
    "interop/stacks.py": "how it runs on stacks of matrices",
    "check/exact/*": "what it means in exact arithmetic: an independent reference, which shares nothing with the table",
    "forms/claim_text.py": "how SymPy writes it",
    "forms/letters.py": "how SymPy writes it",
    "forms/reading.py": "how SymPy writes it",
    "forms/recorded.py": "how SymPy writes it",
    "implicit/jax_right_side.py": "which primitive of JAX it is",
    "language/building.py": "the forms of the syntax, and how people call it",
    "language/costs.py": "the forms of the syntax",
    "language/declarations.py": "how people call a kind of matrix",
    "language/everyday.py": "how people call it",
    "language/inference.py": "the forms of the syntax, and how people call it",
    "language/numpy_in.py": "which function of NumPy it is",
    "language/latex_in.py": "how LaTeX writes it",
    "language/latex_words.py": "which commands of LaTeX are refused",
    "language/tex.py": "how LaTeX writes it",
    "arrays/*": "which function of NumPy and SciPy it is",
    "tracing/formulas.py": "which function of NumPy it is",
    "tracing/functions/*": "which function of NumPy it is",
    "tracing/primitives/*": "which function of NumPy it is",
    "tracing/scalars.py": "how Python's module math writes it",
    "tracing/symbolic_functions.py": "which function of NumPy it is",
}
"""Where an operation is spelled in another language."""

# Files that hold a collection of four or more names.
SETS: set[str] = set()


def _rooms() -> list[str]:
    files = [str(p.relative_to(PACKAGE)) for p in sorted(PACKAGE.rglob("*.py"))]
    return [f for f in files if not any(fnmatch(f, pattern) for pattern in (*HOMES, *DIALECTS))]


def _docstrings(tree: ast.AST) -> set[int]:
    """The constants that stand alone as a statement."""
    return {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}


def _imported(tree: ast.AST) -> dict[str, str]:
    """Python names of operations that a file imports from the table, and what the operations are called."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("frechet.rules."):
            module = getattr(frechet.rules, node.module.split(".")[2])
            for alias in node.names:
                op = getattr(module, alias.name, None)
                if isinstance(op, Operation):
                    found[alias.asname or alias.name] = op.name
    return found


def _words(text: str) -> list[str]:
    """The operations that a string names: itself, or each of its words where all are names."""
    words = text.split()
    return words if words and all(w in operations for w in words) else []


def names(tree: ast.AST) -> set[str]:
    """The operations that a file names, without the kinds of nodes."""
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    documented = _docstrings(tree)
    found = {w for n in texts if id(n) not in documented for w in _words(n.value)}
    return (found | set(_imported(tree).values())) - NODES


def sets(tree: ast.AST) -> list[int]:
    """The lines where four or more operations stand in one collection."""
    imported, documented = _imported(tree), _docstrings(tree)
    lines = []
    for node in ast.walk(tree):
        parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
        found = [imported.get(p.id) for p in parts if isinstance(p, ast.Name)]
        found += [w for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str) for w in _words(p.value)]
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            found += _words(node.value)
        if len(set(found) - NODES - {None}) >= A_SET:
            lines.append(node.lineno)
    return lines


TREES = {f: ast.parse((PACKAGE / f).read_text()) for f in _rooms()}


def test_no_file_outside_of_the_table_and_the_dialects_names_many_operations():
    counts = {f: len(names(tree)) for f, tree in TREES.items()}
    assert {f: n for f, n in counts.items() if n >= FEW} == {}, "put the fact on the declaration"


def test_no_file_holds_a_set_of_operations():
    holding = {f for f, tree in TREES.items() if sets(tree)}
    assert holding - SETS == set(), "put the fact on the declaration"
    assert SETS - holding == set(), "take these from the list: they hold no set now"


# --- the checks themselves ----------------------------------------------------------------------------


def test_names_and_sets_are_seen():
    tree = ast.parse(
        '"""inv det"""\nfrom frechet.rules.inverse import det, power\nx = "inv logdet", "chol of A", "add"'
    )
    assert names(tree) == {"det", "inv", "logdet"}
    assert sets(tree) == []
    assert sets(ast.parse('x = {"inv": 1, "det": 2, "expm": 3, "logm": 4}')) == [1]
    assert sets(ast.parse('x = "inv det expm logm"')) == [1]
    assert sets(ast.parse("from frechet.rules.linear import diag, diagm, sym, vec\nx = (diag, diagm, sym, vec)")) == [2]


@pytest.mark.parametrize("pattern", [*HOMES, *DIALECTS])
def test_every_exempt_place_exists(pattern):
    files = [str(p.relative_to(PACKAGE)) for p in PACKAGE.rglob("*.py")]
    assert any(fnmatch(f, pattern) for f in files)
