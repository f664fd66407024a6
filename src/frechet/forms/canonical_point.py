"""The operator of a transformation at its simplest point: blocks of letters, one for each set of indices they touch.

All matrices are diagonal there, so that the operator decouples: the coordinates with indices {i}, {i, j}, {i, a > n}
form blocks of their own, alike for all i and j. Their determinants are the weights of the closed formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from frechet.check.exact.arrays import Array
from frechet.check.exact.elimination import Duals
from frechet.check.exact.scalars import OutOfReach
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import ONE, Size
from frechet.forms.factors import MatrixFactor
from frechet.forms.letters import Letters, Runner
from frechet.forms.products import sizes_as_symbols
from frechet.forms.relations import Relation
from frechet.forms.transformation import Transformation

__all__ = ["CanonicalPoint", "CoordinateIndex", "EntryBlock"]


@dataclass(frozen=True)
class CoordinateIndex:
    """One index of a coordinate: its universe (a size), and the number, or the size beyond it that it runs up to."""

    universe: Size
    number: int
    beyond: Size | None = None


@dataclass
class EntryBlock:
    """A block of the operator: the indices that it touches, and its matrix in letters."""

    indices: frozenset[CoordinateIndex]
    rows: list[Any]
    columns: list[Any]
    matrix: list[list[Any]]


class CanonicalPoint:
    """The point in letters, the values of all nodes there, and the blocks of the operator."""

    def __init__(self, of: Transformation, least: int = 2, flat: bool = False):
        self.of, self.flat = of, flat  # flat: rectangular matrices are 0 at the point
        self.active = [s for s, _ in of.moving]
        used = {n for form in of.linear_forms for n in postorder(form)}
        self.matters = {s for s, _ in (*of.moving, *of.constants) if s in used}
        self.entrywise = self._entrywise()
        self.zero: set[Expr] = set()
        every = (*of.moving, *of.constants)
        self.scaled = {
            s for s, f in every if f.kind.name in ("correlation", "eigenvectors")
        }  # at the identity, of any determinant
        self.dependent = {s for s, _ in every if any(s.name == r.dependent for r in of.relations)}
        self.halved = {f.sizes[0] for _, f in every if f.kind.in_blocks}  # one index for two rows
        self.universes = self._universes()
        self.sizes = self._sizes(least)
        names, self.owner = self._letter_names()
        self.letters = Letters([*names, "det1", "det2", "det3"])
        self.runner = Runner(of.functions, self.sizes, self.letters)
        self.values = {s: self._canonical(s, f) for s, f in (*of.moving, *of.constants)}
        for r in of.relations:
            self._bind(r)
        self.nodes: dict[Expr, Array] = self.runner.run(self.values, {})

    # --- sizes ------------------------------------------------------------------------------------

    def _universes(self) -> dict[Size, Size]:
        """Each size with the smallest one that it contains: m of an m×n Stiefel matrix runs beyond n."""
        inside: dict[Size, Size] = {}
        for f in (*(f for _, f in (*self.of.moving, *self.of.constants)), *self.of.targets):
            if f.kind.name in ("stiefel", "psd", "fixed_rank"):
                for larger in f.sizes[:-1]:
                    if larger is not f.sizes[-1]:
                        inside[larger] = f.sizes[-1]
        rectangular = [
            s
            for s, f in (*self.of.moving, *self.of.constants)
            if f.kind.name == "matrix" and f.sizes[0] is not f.sizes[1] and self._needs_diagonal(s)
        ]
        pairs = list(dict.fromkeys(s.shape for s in rectangular))
        for m, n in pairs:
            # with several shapes there is no one place for all letters: the matrices are 0 at the point
            if not self.flat and len(pairs) == 1 and m not in inside and n not in inside:
                inside[m] = n
            else:
                self.zero |= {s for s in rectangular if s.shape == (m, n)}
        return inside

    def _needs_diagonal(self, s: Expr) -> bool:
        return s in self.matters and s not in self.entrywise

    def _sizes(self, least: int) -> dict[str, int]:
        sizes = dict.fromkeys(self.of.size_letters, least)
        for _ in range(3):
            for halved in self.halved:  # two blocks (three), and a row behind them
                if halved.letter:
                    sizes[halved.letter] = 2 * least + 1
            for larger, smaller in self.universes.items():
                low = smaller.value(sizes)
                if larger.letter and larger.value(sizes) <= low:
                    sizes[larger.letter] = low + 1
        return sizes

    def _root(self, size: Size) -> Size:
        while size in self.universes:
            size = self.universes[size]
        return size

    def index(self, size: Size, k: int) -> CoordinateIndex | None:
        """The index of row (or column) k, from 0, of a matrix with this many."""
        if size is ONE:
            return None
        root = self._root(size)
        if root in self.halved:
            odd = k == root.value(self.sizes) - 1 and k % 2 == 0
            return CoordinateIndex(root, k // 2 + 1, root if odd else None)
        letters = sorted(root.letters)
        if len(root.terms) == 1 and len(letters) == 1 and root.letter is None:  # 2*p: blocks of size p
            root = Size.of({(letters[0],): 1})
            return CoordinateIndex(root, k % root.value(self.sizes) + 1)
        count = root.value(self.sizes)
        return CoordinateIndex(root, k + 1) if k < count else CoordinateIndex(root, k + 1, size)

    def count(self, universe: Size) -> Any:
        """How many indices there are, in sizes."""
        n = sizes_as_symbols(universe)
        return sp.floor(n / 2) if universe in self.halved else n

    def beyond(self, x: CoordinateIndex) -> Any:
        """How many indices there are beyond the others, in sizes."""
        assert x.beyond is not None
        if x.universe in self.halved:
            return sp.Mod(sizes_as_symbols(x.universe), 2)
        return sizes_as_symbols(x.beyond) - sizes_as_symbols(x.universe)

    def index_of_letter(self, s: Expr, number: int) -> CoordinateIndex | None:
        """The index at which the letter of this number stands."""
        size = s.rows if s.rows is not ONE else s.cols
        return self.index(size, 2 * number - 2 if self._root(size) in self.halved else number - 1)

    # --- values -----------------------------------------------------------------------------------

    def _entrywise(self) -> set[Expr]:
        """Symbols that are multiplied or mapped entry by entry: their entries are letters, not their eigenvalues."""
        found = set()
        for f in self.of.functions:
            for node in postorder(f):
                if (node.op.name == "hadamard" or node.op.elementwise) and not node.is_scalar and node.cols is not ONE:
                    found |= {a for a in node.args if a.op.name == "symbol"}
        return found

    def _letter_names(self) -> tuple[list[str], dict[str, tuple[Expr, tuple[int, ...]]]]:
        """The names of the letters, with the symbol and the indices that each belongs to."""
        owner: dict[str, tuple[Expr, tuple[int, ...]]] = {}
        for s, f in (*self.of.moving, *self.of.constants):
            if s in self.dependent or s not in self.matters or f.kind.canonical != "letters" or s in self.zero:
                continue
            rows, cols = (n.value(self.sizes) for n in s.shape)
            if s.is_scalar:
                owner[f"{s.name}_0"] = (s, ())
            elif s in self.entrywise:
                owner |= {f"{s.name}_{i + 1}_{j + 1}": (s, (i + 1, j + 1)) for i in range(rows) for j in range(cols)}
            else:
                count = rows if s.cols is ONE else min(rows, cols)
                if f.kind.in_blocks:
                    count = rows // 2
                elif f.kind.name in ("psd", "fixed_rank"):
                    count = f.sizes[-1].value(self.sizes)
                owner |= {f"{s.name}_{i + 1}": (s, (i + 1,)) for i in range(count)}
        return list(owner), owner

    def _canonical(self, s: Expr, f: MatrixFactor) -> list[Any]:
        """The entries of a symbol at the point, row by row."""
        rows, cols = (n.value(self.sizes) for n in s.shape)
        zero, one, letter = self.letters.zero, self.letters.one, self.letters.letter
        entries = [zero] * (rows * cols)
        if f.kind.canonical == "identity":
            for i in range(min(rows, cols)):
                entries[i * cols + i] = one
        elif f.kind.canonical == "letters" and s in self.matters:
            if f.kind.name == "rotation_blocks" and rows % 2:
                entries[-1] = one
            for name, (owner, at) in self.owner.items():
                if owner is s and f.kind.in_blocks:
                    k = 2 * at[0] - 2
                    for (i, j), x in self._block(f, letter[name]).items():
                        entries[(k + i) * cols + k + j] = x
                elif owner is s:
                    i, j = (0, 0) if not at else (at[0] - 1, (0 if cols == 1 else at[-1] - 1))
                    entries[i * cols + j] = letter[name]
        return entries

    def _bind(self, r: Relation) -> None:
        """The diagonal of the block that the others determine."""
        symbols = {s.name: s for s in self.values}
        A, *others = (symbols[name] for name in r.names)
        n = A.rows.value(self.sizes)
        for k in range(0, n * n, n + 1):
            self.values[A][k] = r.diagonal(*(self.values[s][k] for s in others))

    def _block(self, f: MatrixFactor, x: Any) -> dict[tuple[int, int], Any]:
        """The 2×2 block of a letter."""
        if f.kind.name == "skew_blocks":
            return {(0, 1): x, (1, 0): -x}
        cos, sin = (self.letters.element(g(x.as_expr())) for g in (sp.cos, sp.sin))
        return {(0, 0): cos, (0, 1): sin, (1, 0): -sin, (1, 1): cos}

    def directions(self, s: Expr, f: MatrixFactor) -> list[tuple[frozenset[CoordinateIndex], int, list[Any]]]:
        """(indices, unit, entries) of the direction of each coordinate of a factor: real ones, and one imaginary unit."""
        rows, cols = (n.value(self.sizes) for n in s.shape)
        at_point, found = self.values[s], []
        left = f.kind.frame == "left"
        for p in f.positions(self.sizes):
            if p.unit > 1:  # the other imaginary units act as the first
                continue
            entries = [self.letters.zero] * (rows * cols)
            entries[p.i * cols + p.j] = self.letters.one
            if f.kind.mirror and p.i != p.j and p.i < cols:
                sign = f.kind.mirror if p.unit == 0 or f.scalars.plain else -f.kind.mirror
                entries[p.j * cols + p.i] = self.letters.one * sign
            assert not left or at_point  # at [I; 0] the frame is the identity
            if left and f.kind.canonical == "letters":
                entries = self._moved(at_point, entries, rows)
            found.append((self._indices(f, p.i, p.j), p.unit, entries))
        return found

    def _moved(self, X: list[Any], W: list[Any], n: int) -> list[Any]:
        """X*W."""
        o = Duals(self.letters, 0)
        return list(o.matmul(o.array(n, n, X), o.array(n, n, W)).value)

    def _indices(self, f: MatrixFactor, i: int, j: int) -> frozenset[CoordinateIndex]:
        rows, cols = f.shape
        return frozenset(x for x in (self.index(rows, i), self.index(cols, j)) if x is not None)

    # --- blocks -------------------------------------------------------------------------------------

    def blocks(self, imaginary: bool) -> list[EntryBlock]:
        """The blocks of the operator on the real, or on the first imaginary components. OutOfReach where they are no
        blocks of as many equations as unknowns."""
        unit = int(imaginary)
        unknowns = [
            (s, indices, entries)
            for s, f in self.of.moving
            for indices, u, entries in self.directions(s, f)
            if u == unit
        ]
        equations = [
            (k, p.i, p.j, self._indices(t, p.i, p.j))
            for k, t in enumerate(self.of.targets)
            for p in t.positions(self.sizes)
            if p.unit == unit
        ]
        columns = [self._column(s, entries, equations, imaginary) for s, _, entries in unknowns]
        return self._decoupled(unknowns, equations, columns)

    def _column(self, s: Expr, entries: list[Any], equations: Sequence[Any], imaginary: bool) -> list[Any]:
        conjugates = imaginary and not self.of.scalars.plain
        known = self.runner.run(self.values, {s: entries}, conjugates)
        column: list[Any] = []
        framed: dict[int, Sequence[Any]] = {}
        for k, i, j, _ in equations:
            f, target = self.of.functions[k], self.of.targets[k]
            moved = known[f]
            dY = moved.parts[1]
            if dY is None:
                column.append(self.letters.zero)
                continue
            dy = dY[i * moved.cols + j]
            if target.kind.frame == "left":  # inv(Y)*dY
                if k not in framed:
                    framed[k] = self._in_frame(moved)
                dy = framed[k][i * moved.cols + j]
            column.append(dy)
        return column

    def _in_frame(self, Y: Array) -> Sequence[Any]:
        """The entries of inv(F)*dY, F the matrix Y, completed where it is [P; 0] with a square P: by the identity."""
        o = Duals(self.letters, 0)
        m, n = Y.rows, Y.cols
        if any(Y.value[n * n :]):
            raise OutOfReach("a tall orthonormal target has no frame in letters")
        F = [Y.value[i * n + j] if j < n else self.letters.one * (i == j) for i in range(m) for j in range(m)]
        inverse = o.solve(o.array(m, m, F), o.eye(m))
        assert Y.parts[1] is not None
        moved = o.matmul(inverse, o.array(Y.rows, Y.cols, Y.parts[1]))
        return list(moved.value)

    def _decoupled(
        self, unknowns: Sequence[Any], equations: Sequence[Any], columns: list[list[Any]]
    ) -> list[EntryBlock]:
        parent = list(range(len(unknowns) + len(equations)))

        def find(x: int) -> int:
            while parent[x] != x:
                parent[x] = parent[parent[x]]
                x = parent[x]
            return x

        for u, column in enumerate(columns):
            for e, value in enumerate(column):
                if value:
                    parent[find(u)] = find(len(unknowns) + e)
        groups: dict[int, tuple[list[int], list[int]]] = {}
        for u in range(len(unknowns)):
            groups.setdefault(find(u), ([], []))[0].append(u)
        for e in range(len(equations)):
            groups.setdefault(find(len(unknowns) + e), ([], []))[1].append(e)
        blocks = []
        for us, es in groups.values():
            if len(us) != len(es):
                raise OutOfReach("at the simplest point the operator is singular")
            indices = frozenset().union(*(unknowns[u][1] for u in us), *(equations[e][3] for e in es))
            matrix = [[columns[u][e] for u in us] for e in es]
            blocks.append(EntryBlock(indices, [equations[e] for e in es], [unknowns[u] for u in us], matrix))
        return blocks

    def determinant(self, block: EntryBlock) -> Any:
        """The determinant of a block, an expression in letters and functions of them."""
        n = len(block.matrix)
        o = Duals(self.letters, 0)
        value = o.determinant(o.array(n, n, [x for row in block.matrix for x in row])).value[0]
        if not value:
            raise OutOfReach("at the simplest point the operator is singular")
        return self.reduced(value)

    def reduced(self, element: Any) -> Any:
        """An element as an expression; squares of square roots are multiplied out."""
        value = self.letters.base(element).as_expr()
        for meant, g in self.letters.values.items():
            if meant.is_Pow and meant.exp == sp.Rational(1, 2) and meant.base.is_Symbol:
                value = sp.cancel(value.subs(meant.base, sp.Symbol(str(g)) ** 2))  # x is s^2 throughout
            elif meant.is_Pow and meant.exp == sp.Rational(1, 2):
                s, square = sp.Symbol(str(g)), meant.base
                num, den = (sp.rem(sp.expand(p), s**2 - square, s) for p in sp.fraction(sp.together(value)))
                value = sp.cancel(num / den)
            elif isinstance(meant, sp.cos) and sp.sin(meant.args[0]) in self.letters.values:
                c, other = sp.Symbol(str(g)), sp.Symbol(str(self.letters.values[sp.sin(meant.args[0])]))
                value = min((_on_circle(value, c, other, gone) for gone in (c, other)), key=lambda v: v.count_ops())
        back = {sp.Symbol(str(g)): x for x, g in self.letters.values.items()}
        for _ in range(3):
            value = value.subs(back)
        return value


def _on_circle(value: Any, c: Any, s: Any, gone: Any) -> Any:
    """The value where c^2 + s^2 = 1, without higher powers of one of them, in factors."""
    num, den = (sp.rem(sp.expand(p), c**2 + s**2 - 1, gone) for p in sp.fraction(sp.together(value)))
    return sp.factor(sp.cancel(num / den))
