"""The map of the rooms holds: small files, imports in one direction, a pinned public surface, docstrings."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent / "src"
PACKAGE = ROOT / "frechet"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 500

# A room imports only from rooms of a lower floor; rooms of one floor do not know each other.
FLOORS = [
    {"errors"},
    {"budgets", "caches", "later"},
    {"kernels", "expr"},
    {"rules"},
    {"language", "finite", "arrays"},
    {"simplify"},
    {"calculus"},
    {"compile", "operators", "check"},
    {"tracing"},
    {"forms"},
    {"implicit"},
    {"answer", "display", "texts"},
    {"interop", "batch", "table", "testing"},
    {"reference", "functions", "listing"},
    {"service"},
    {"showing"},
    {"web", "mcp", "notebooks", "lessons"},
    {"cli", "__init__", "jax", "torch"},
    {"__main__", "llms"},
]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def _imported(tree: ast.AST, path: Path, hidden: bool = False) -> list[tuple[str, int]]:
    """The frechet modules that a tree imports, with lines; `from frechet.a import b` names a and a.b. `hidden`: those in functions only."""
    found = []
    for node, inside in _statements(tree):
        if hidden and not inside:
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = ".".join([*_package(path, node.level), *filter(None, [node.module])])
            found.append((source, node.lineno))
            found += [(f"{source}.{alias.name}", node.lineno) for alias in node.names]
    return [(name, line) for name, line in found if name.split(".")[0] == "frechet"]


def _statements(node: ast.AST, inside: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements below a node, each with whether it stands in a function."""
    inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, block, None) or ():
            if isinstance(child, ast.stmt):
                yield child, inside
            yield from _statements(child, inside)


def _package(path: Path, level: int) -> tuple[str, ...]:
    """What the dots of a relative import stand for."""
    folders = path.relative_to(ROOT).parts
    return folders[: len(folders) - level] if level else ()


TREES = {path: ast.parse(path.read_text()) for path in FILES}
MODULES = {_module(path): path for path in FILES}


def _by_file(found: Callable[[Path], object]) -> dict[str, object]:
    """What is found wrong, by file."""
    return {str(path.relative_to(PACKAGE)): wrong for path in FILES if (wrong := found(path))}


def test_files_are_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert len(lengths) > 100
    assert _by_file(lambda path: lengths[path] if lengths[path] > LONGEST else None) == {}


def test_every_room_has_a_floor():
    rooms = {_room(module) for module in MODULES}
    assert rooms <= set(FLOOR), "give the new room a floor in tests/test_architecture.py"


def test_imports_go_down():
    assert _by_file(lambda path: _upward(path, TREES[path])) == {}


def _upward(path: Path, tree: ast.AST) -> list[str]:
    """Imports of a room on the same floor or above, other than the own one."""
    own = _room(_module(path))
    return [
        f"line {line}: {name}"
        for name, line in _imported(tree, path)
        if _room(name) not in (own, "__init__") and FLOOR.get(_room(name), -1) >= FLOOR[own]
    ]


def test_no_import_hides_in_a_function():
    """Other packages may be imported late (they are slow); modules of frechet never, that would hide a cycle."""
    assert _by_file(lambda path: _hidden(path, TREES[path])) == {}


def _hidden(path: Path, tree: ast.AST) -> list[str]:
    return [f"line {line}: {name}" for name, line in _imported(tree, path, hidden=True)]


def test_no_cycle_between_modules():
    graph = {
        module: {name for name, _ in _imported(TREES[path], path) if name in MODULES and name != module}
        for module, path in MODULES.items()
    }
    for module, path in MODULES.items():
        if path.name == "__init__.py":  # a package imports its modules; they name it as the place they are in
            graph[module] = {m for m in graph[module] if not m.startswith(module + ".")}
    assert _cycle(graph) is None


def _cycle(graph: dict[str, set[str]]) -> list[str] | None:
    """Some cycle of a graph, or None: depth first."""
    state: dict[str, str] = {}
    for start in graph:
        path = [(start, iter(sorted(graph[start])))] if start not in state else []
        while path:
            node, rest = path[-1]
            state[node] = "open"
            following = next(rest, None)
            if following is None:
                state[node] = "done"
                path.pop()
            elif state.get(following) == "open":
                names = [n for n, _ in path]
                return [*names[names.index(following) :], following]
            elif following not in state:
                path.append((following, iter(sorted(graph.get(following, ())))))
    return None


def test_the_public_surface_is_pinned():
    """A module that defines something public lists its names in __all__, in order."""
    assert _by_file(lambda path: _unpinned(TREES[path])) == {}


def _unpinned(tree: ast.Module) -> str:
    names = _all_of(tree)
    if names is None:
        return "no __all__" if _definitions(tree) else ""
    return "" if names == sorted(names, key=_by_kind) else "__all__ is not in order"


def _by_kind(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, each in order: the order that the linter writes."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2), name


def _all_of(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            return ast.literal_eval(node.value)
    return None


def _definitions(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    """The public functions and classes of a module."""
    return [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]


def test_listed_functions_and_classes_have_docstrings():
    assert _by_file(lambda path: _undocumented(TREES[path])) == {}


def _undocumented(tree: ast.Module) -> list[str]:
    """The listed functions and classes without a docstring, and the module if it has none."""
    names = _all_of(tree) or []
    module = ["the module"] if names and not ast.get_docstring(tree) else []
    return module + [n.name for n in _definitions(tree) if n.name in names and not ast.get_docstring(n)]


def test_functions_have_names():
    """So that a traceback says which rule or law failed: none is called `_`."""
    assert _by_file(lambda path: re.findall(r"^\s*def _\(.*", path.read_text(encoding="utf-8"), re.MULTILINE)) == {}


def test_the_files_to_read_first_are_short():
    """CONTRIBUTING gives an order in which six files, under 1,000 lines together, explain the way from formula to gradient."""
    section = (
        (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## To read first")[1].split("\n## ")[0]
    )
    named = re.findall(r"^\d\. `([\w/]+\.py)`", section, re.MULTILINE)
    assert len(named) == 6
    assert sum(len((PACKAGE / name).read_text(encoding="utf-8").splitlines()) for name in named) < 1000


# --- the checks themselves ------------------------------------------------------------------------


def test_an_import_upward_is_seen():
    tree = ast.parse("from frechet.calculus.linear import differential\nfrom ..errors import ShapeError")
    assert _upward(PACKAGE / "rules" / "linear.py", tree) == [
        "line 1: frechet.calculus.linear",
        "line 1: frechet.calculus.linear.differential",
    ]
    assert _upward(PACKAGE / "check" / "verdict.py", tree) == []


def test_relative_imports_are_resolved():
    tree = ast.parse("from ..errors import ShapeError\nfrom .linear import vec\nfrom . import cross")
    names = {name for name, _ in _imported(tree, PACKAGE / "rules" / "inverse.py")}
    assert {"frechet.errors.ShapeError", "frechet.rules.linear.vec", "frechet.rules.cross"} <= names


def test_a_hidden_import_is_seen():
    tree = ast.parse("def f():\n    import frechet.rules\n    import scipy\n\nimport frechet.errors")
    assert _hidden(PACKAGE / "errors.py", tree) == ["line 2: frechet.rules"]
    code = (
        "class A:\n async def f(self):\n  match 1:\n   case 1:\n    try: pass\n    except E:\n     import frechet.expr"
    )
    assert _hidden(PACKAGE / "errors.py", ast.parse(code)) == ["line 7: frechet.expr"]


def test_a_cycle_is_seen():
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert _cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_a_missing_docstring_is_seen():
    tree = ast.parse('__all__ = ["f", "g"]\ndef f(): pass\ndef g():\n    "Yes."\ndef h(): pass')
    assert _undocumented(tree) == ["the module", "f"]


def test_a_surface_that_is_not_pinned_is_seen():
    assert _unpinned(ast.parse("def f(): pass")) == "no __all__"
    assert _unpinned(ast.parse('__all__ = ["g", "F"]')) == "__all__ is not in order"
    assert _unpinned(ast.parse('__all__ = ["LIMIT", "F", "g"]')) == _unpinned(ast.parse("def _f(): pass")) == ""


def test_findings_name_their_file():
    longest = max(FILES, key=lambda path: len(path.read_text(encoding="utf-8")))
    assert _by_file(lambda path: "here" if path is longest else None) == {str(longest.relative_to(PACKAGE)): "here"}
