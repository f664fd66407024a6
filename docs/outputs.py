"""What the pages print is what the code prints: runs the snippets of README.md and docs/, and writes their outputs into the pages.

In a page, blocks of one language follow their order, in one namespace:

- ```` ```python ```` runs; what it prints and the value of every bare expression in it stand in the ```` ```text ```` block right after it;
- ```` ```console ```` holds commands, `$ frechet ...`, each with what it writes;

Nothing runs that is not shown: who types a page from its beginning gets what it prints.

A ```` ```text ```` block that follows no Python is left alone, and so is a page that says `<!-- outputs: off -->`.

    python docs/outputs.py            # what would change, as a difference; exit code 1 if anything would
    python docs/outputs.py --write    # writes it
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parent.parent
BUILT = "_build"
PAGES = sorted([ROOT / "README.md", *(p for p in (ROOT / "docs").rglob("*.md") if BUILT not in p.parts)])
OFF = "<!-- outputs: off -->"
BLOCK = re.compile(
    r"^```(?P<language>python|console)\n(?P<code>.*?)^```\n(?P<output>\n```text\n.*?^```\n)?", re.MULTILINE | re.DOTALL
)
# What differs from machine to machine: errors of rounding, times, the random primes of a proof.
VARIABLE = re.compile(r"\b\d(\.\d+)?e-\d+\b|\b\d+(\.\d+)? (ms|us|µs|s|seconds)\b")


def refreshed(text: str) -> str:
    """The page with the outputs that its code has now."""
    if OFF in text:
        return text
    names: dict[str, object] = {"__name__": "__page__"}

    def answer(found: re.Match[str]) -> str:
        code = found["code"]
        if found["language"] == "console":
            if not code.startswith("$ "):
                return found[0]
            shown = f"```console\n{_session(code)}```\n"
            return shown + (found["output"] or "")
        output = _printed(code, names)
        return f"```python\n{code}```\n" + (f"\n```text\n{output}```\n" if output else "")

    return _keeping(text, BLOCK.sub(answer, text))


def _printed(code: str, names: dict[str, object]) -> str:
    """What the block prints, with the value of every bare expression, as an interactive session shows it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        for statement in ast.parse(code).body:
            if isinstance(statement, ast.Expr):
                value = eval(compile(ast.Expression(statement.value), "<page>", "eval"), names)
                if value is not None:
                    print(value if isinstance(value, str) else repr(value))
            else:
                exec(compile(ast.Module([statement], []), "<page>", "exec"), names)
    return _ended(out.getvalue())


def _session(code: str) -> str:
    """The commands, each followed by what it writes; a command of another program is left as it stands."""
    shown = []
    for command, output in _commands(code):
        words = shlex.split(command.replace("\\\n", " "), comments=True)
        shown.append(f"$ {command}" + (_ended(_run(words[1:])) if words[:1] == ["frechet"] else output))
    return "".join(shown)


def _commands(code: str) -> Iterator[tuple[str, str]]:
    """(command, the output that stands in the page), in order."""
    for part in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
        end = re.search(r"(?<!\\)\n", part)
        yield (part[: end.end()], part[end.end() :]) if end else (part, "")


def _run(arguments: list[str]) -> str:
    from frechet import cli

    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        mock.patch.object(sys, "argv", ["frechet", *arguments]),
    ):
        try:
            cli.main()
        except SystemExit as stopped:
            if stopped.code not in (0, 1, 2, 3, None):
                raise
    return out.getvalue()


def _ended(text: str) -> str:
    return "".join(line.rstrip() + "\n" for line in text.rstrip().splitlines())


def _keeping(old: str, new: str) -> str:
    """The new page; a line that differs in what varies from machine to machine only stays as it was."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    kept = []
    for kind, i, j, k, m in difflib.SequenceMatcher(
        None, *([VARIABLE.sub("~", line) for line in lines] for lines in (before, after)), autojunk=False
    ).get_opcodes():
        kept += before[i:j] if kind == "equal" else after[k:m]
    return "".join(kept)


def main() -> int:
    write, changed = "--write" in sys.argv, 0
    chosen = [Path(name).resolve() for name in sys.argv[1:] if not name.startswith("-")] or PAGES
    for page in chosen:
        old = page.read_text(encoding="utf-8")
        new = refreshed(old)
        if new != old:
            changed += 1
            sys.stdout.writelines(
                difflib.unified_diff(old.splitlines(True), new.splitlines(True), str(page), str(page))
            )
            if write:
                page.write_text(new, encoding="utf-8")
    return 1 if changed and not write else 0


if __name__ == "__main__":
    sys.exit(main())
