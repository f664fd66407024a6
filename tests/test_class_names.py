"""One name, one thing: no two rooms have classes of one name.

Names with an underscore are a file's own. What the page, assistants, the command line and the lessons show is called as what is shown.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "src" / "frechet"
SHOWN = ("web/questions.py", "mcp.py", "cli.py", "lessons")


def _classes(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for file, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(file)
    return {name: files for name, files in found.items() if len(files) > 1}


def test_no_two_classes_have_one_name():
    files = {str(p.relative_to(PACKAGE)): p for p in sorted(PACKAGE.rglob("*.py"))}
    trees = {f: ast.parse(p.read_text()) for f, p in files.items() if not f.startswith(SHOWN)}
    assert len(trees) > 300
    assert _classes(trees) == {}


def test_a_name_twice_is_noticed():
    trees = {file: ast.parse("class Plan: pass\nclass _Own: pass") for file in ("a.py", "b.py")}
    assert _classes(trees) == {"Plan": ["a.py", "b.py"]}
