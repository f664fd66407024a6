"""From the blocks at the simplest point to a closed formula: a weight for each kind of index set, multiplied over it.

    {i} n times      {i, j}, i < j      {i, a} with a beyond n, N - n times each      {i of n, j of m}

A weight is factored. What depends on one index gets its exponent by counting, |p_i|^(e(n-i)) from the pairs (i, j), ...;
what depends on two stays a product over pairs. Letters go back to what they stand for: determinants of the
subexpressions that have these values, diagonal entries, eigenvalues (of A*B or inv(B)*A where only those occur).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from frechet.check.exact.scalars import OutOfReach
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import Size
from frechet.forms.canonical_point import CanonicalPoint, CoordinateIndex, EntryBlock
from frechet.forms.collecting import Collected, plus, split
from frechet.forms.compositions import composed
from frechet.forms.entries import Entries
from frechet.forms.products import (
    I_INDEX,
    Determinant,
    Family,
    JacobianFormula,
    LetterProduct,
    Number,
    ScalarFunction,
    Sum,
    families_in,
)
from frechet.forms.rank_one import of_a_vector
from frechet.forms.transformation import Transformation
from frechet.forms.two_sided import two_sided
from frechet.rules.inverse import inv

__all__ = ["PATTERNS", "Weigher"]

PATTERNS: dict[str, Callable[..., Any]] = {"two-sided": two_sided, "vector": of_a_vector, "composition": composed}
"""The special patterns by name. Without one of them a formula is longer, or there is none; what it says stays true."""


def pattern(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a special pattern."""

    def register(f: Callable[..., Any]) -> Callable[..., Any]:
        PATTERNS[name] = f
        return f

    return register


class Weigher:
    """Builds the formula of one transformation; OutOfReach where its blocks do not fit the pattern of index sets."""

    def __init__(self, of: Transformation, flat: bool = False):
        self.of = of
        self.point = CanonicalPoint(of, flat=flat)
        blocks = self._blocks()
        coupled = self.point.runner.determinants or any(_is_coupled(b) for b, _ in blocks)
        if coupled and of.size_letters:
            self.point = CanonicalPoint(of, least=3, flat=flat)
            blocks = self._blocks()
        self.families: dict[Expr, Family] = {}
        self.found = Collected()
        self.merged: list[Any] = []  # products over all pairs, which took their diagonal along
        self.blocks = blocks

    def _blocks(self) -> list[tuple[EntryBlock, int]]:
        """The blocks, each with how often it counts: the imaginary ones once for every imaginary unit."""
        real = [(b, 1) for b in self.point.blocks(False)]
        beta = self.of.scalars.beta
        return real + ([(b, beta - 1) for b in self.point.blocks(True)] if beta > 1 else [])

    # --- index sets ---------------------------------------------------------------------------------

    def formula(self) -> JacobianFormula:
        """The closed formula."""
        if self.point.entrywise & self.point.matters:
            return self._entry_formula()
        if (
            not self.of.size_letters and not self.point.owner
        ):  # of given sizes, and nothing is left but frames: a number
            numbers = [abs(self.point.determinant(block)) ** times for block, times in self.blocks]
            return JacobianFormula((Number(sp.Integer(1), sp.Mul(*numbers)),), self.of.scalars)
        for block, times in self.blocks:
            if _is_coupled(block):
                self._coupled(block, times)
            else:
                self._weigh(block, self.point.determinant(block), times)
        for name in ("common eigenvalues", "all pairs"):
            if name in PATTERNS:
                PATTERNS[name](self)
        return JacobianFormula(tuple(self._terms()), self.of.scalars)

    def _weigh(self, block: EntryBlock, weight: Any, times: int) -> None:
        inner = sorted((x for x in block.indices if x.beyond is None), key=lambda x: (str(x.universe), x.number))
        beyond = [x for x in block.indices if x.beyond is not None]
        numbers = tuple(x.number for x in inner)
        universes = [x.universe for x in inner]
        n = [self.point.count(u) for u in universes]
        f = self.found
        if not inner and not beyond:
            return self._count(weight, times, {}, sp.Integer(1), {})
        if len(beyond) > 1 or len(inner) > 2 or (beyond and len(inner) != 1):
            raise OutOfReach("the operator couples more than two indices")
        if beyond:
            (x,) = beyond
            if numbers != (1,):
                return None
            if x.universe is not universes[0]:
                raise OutOfReach("the operator couples a row of one size beyond another")
            more = self.point.beyond(x)
            return self._count(weight, times, {inner[0]: "i"}, n[0] * more, {"i": more})
        if len(inner) == 1:
            if numbers == (1,):
                self._count(weight, times, {inner[0]: "i"}, n[0], {"i": sp.Integer(1)})
            return None
        if universes[0] is universes[1]:
            if numbers == (1, 2):
                weight = self._signed(weight)
                after, before = n[0] - I_INDEX, I_INDEX - 1
                self._count(
                    weight,
                    times,
                    {inner[0]: "i", inner[1]: "j"},
                    n[0] * (n[0] - 1) / 2,
                    {"i": after, "j": before},
                    f.pair,
                )
            return None
        if numbers == (1, 2):
            self._count(weight, times, {inner[0]: "i", inner[1]: "j"}, n[0] * n[1], {"i": n[1], "j": n[0]}, f.cross)
        return None

    def _signed(self, weight: Any) -> Any:
        """A skew X acts from the right by minus its eigenvalues: X' = -X."""
        flipped = {}
        for s, f in self.of.moving:
            own = (
                f.scalars.beta == 1 or f.scalars.plain
            )  # with ' the conjugate transpose, an imaginary eigenvalue stays as it is
            if f.kind.name == "skew" and own and s in self.point.matters:
                name = f"{s.name}_1"
                flipped[sp.Symbol(name)] = -sp.Symbol(name)
        return weight.subs(flipped) if flipped else weight

    def _count(
        self,
        weight: Any,
        times: int,
        names: dict[CoordinateIndex, str],
        count: Any,
        each: dict[str, Any],
        joint: dict[Any, Any] | None = None,
    ) -> None:
        """Multiplies a weight over an index set: `count` is its size, `each` how often one index value occurs."""
        numbers, factors = split(weight)
        for base, e in numbers.items():
            plus(self.found.numbers, base, e * times * count)
        where = {(x.universe, x.number): (x, index) for x, index in names.items()}
        for base, e in factors.items():
            generic, used = self._generic(base, where)
            if not used:
                plus(self.found.scalars, generic, e * times * count)
            elif len(used) == 1:
                (x,) = used
                key = (x.universe, self._renamed(generic, names[x], "i"))
                plus(self.found.single, key, e * times * each[names[x]])
            elif joint is not None:
                universes = [x.universe for x in sorted(used, key=lambda x: names[x])]
                at = (universes[0],) if joint is self.found.pair else tuple(universes)
                plus(joint, (*at, generic), e * times)
            else:
                raise OutOfReach("a weight depends on more indices than its block has")

    def _generic(self, base: Any, where: dict[Any, tuple[CoordinateIndex, str]]) -> tuple[Any, set[CoordinateIndex]]:
        """The factor with letters at i and j, and the indices that it depends on."""
        replaced, used = {}, set()
        for symbol in sorted(base.free_symbols, key=str):
            owner = self.point.owner.get(symbol.name)
            if owner is None or not owner[1]:
                continue
            s, (number, *_) = owner
            universe = self.point.index_of_letter(s, number)
            found = where.get((universe.universe, number)) if universe else None
            if found is None:
                raise OutOfReach("a weight depends on letters of other indices: the operator is coupled")
            used.add(found[0])
            replaced[symbol] = self.family(s).symbol(found[1])
        generic = base.subs(replaced, simultaneous=True)
        return (-generic if generic.could_extract_minus_sign() else generic), used

    def _renamed(self, p: Any, old: str, new: str) -> Any:
        if old == new:
            return p
        found = p.subs({f.symbol(old): f.symbol(new) for f in self.families.values()}, simultaneous=True)
        return -found if found.could_extract_minus_sign() else found

    def swapped(self, p: Any) -> Any:
        """p with i and j exchanged, up to sign."""
        pairs: dict[Any, Any] = {}
        for f in self.families.values():
            pairs |= {f.symbol("i"): f.symbol("j"), f.symbol("j"): f.symbol("i")}
        found = p.subs(pairs, simultaneous=True)
        return -found if found.could_extract_minus_sign() else found

    def family(self, s: Expr) -> Family:
        """The family of the letters of a symbol."""
        if s not in self.families:
            f = next(f for t, f in (*self.of.moving, *self.of.constants) if t is s)
            what = f.kind.letters
            if f.kind.name == "matrix" and s.rows is not s.cols:
                what = "singular values"
            count = f.sizes[-1] if f.kind.name in ("psd", "fixed_rank") else None
            self.families[s] = Family(self._fresh(s, what), what, s, count, f.positive)
        return self.families[s]

    def _fresh(self, s: Expr, what: str) -> str:
        taken = {f.letter for f in self.families.values()} | {t.name for t, _ in (*self.of.moving, *self.of.constants)}
        own = s.name.lower()
        if what in ("entries", "entries of blocks", "angles") or (what == "diagonal entries" and own not in taken):
            return own
        first = {"eigenvalues": "l", "singular values": "s"}.get(what, own)
        return next(x for x in (first, own, *"kghvwuz", f"{own}_") if x not in taken)

    def fresh_family(self, matrix: Expr) -> Family:
        """A family for the eigenvalues of an expression."""
        if matrix not in self.families:
            taken = {f.letter for f in self.families.values()} | {
                t.name for t, _ in (*self.of.moving, *self.of.constants)
            }
            letter = next(x for x in "lkghvwuz" if x not in taken)
            self.families[matrix] = Family(letter, "eigenvalues", matrix)
        return self.families[matrix]

    # --- coupled diagonals, entries -------------------------------------------------------------------

    def _coupled(self, block: EntryBlock, times: int) -> None:
        """The coordinates (i, i) together, by the pattern for them."""
        if "rank one" not in PATTERNS:
            raise OutOfReach("the diagonal is coupled")
        PATTERNS["rank one"](self, block, times)

    def _entry_formula(self) -> JacobianFormula:
        """Every block is one entry, and its weight a function of the entries at the same place."""
        base = None
        for block, times in self.blocks:
            weight = self.point.determinant(block)
            if len(block.matrix) != 1 or times != 1:
                raise OutOfReach("the operator couples entries")
            _, i, j, _ = block.rows[0]
            replaced, letters = {}, []
            for symbol in sorted(weight.free_symbols, key=str):
                if self.point.owner.get(symbol.name, (None, ()))[1] != (i + 1, j + 1):
                    raise OutOfReach("the operator couples entries")
                s = self.point.owner[symbol.name][0]
                replaced[symbol] = sp.Symbol(f"{s.name}[ij]")
                letters.append(s)
            generic = weight.subs(replaced)
            if base is not None and sp.simplify(generic - base[0]) != 0:
                raise OutOfReach("the entries have different weights")
            base = base or (generic, tuple((s.name, s) for s in dict.fromkeys(letters)))
        assert base is not None
        return JacobianFormula((Entries(sp.Integer(1), base[0], base[1], self.of.moving[0][1]),), self.of.scalars)

    # --- terms ----------------------------------------------------------------------------------------

    def _terms(self) -> list[Any]:
        f = self.found
        terms: list[Any] = [Number(sp.factor(e), base) for base, e in f.numbers.items() if sp.expand(e) != 0]
        determinants: dict[Expr, Any] = {}
        products: list[Any] = []
        for base, e in f.scalars.items():
            name = getattr(base, "name", "")
            if name in self.point.runner.determinants:
                plus(determinants, self.point.runner.determinants[name], e)
            elif name in self.point.owner:
                terms.append(Number(sp.factor(e), self.point.owner[name][0]))
            else:
                owned = [
                    (x, self.point.owner[x.name][0])
                    for x in sorted(base.free_symbols, key=str)
                    if x.name in self.point.owner
                ]
                if any(x.name in self.point.runner.determinants for x in base.free_symbols):
                    raise OutOfReach("a determinant enters in a sum")
                if owned:
                    named = base.subs({x: sp.Symbol(s.name) for x, s in owned})
                    terms.append(ScalarFunction(sp.factor(e), named, tuple(s for _, s in owned)))
                    continue
                value = base.subs(dict.fromkeys(base.free_symbols, 7))
                terms.append(Number(e, -base if value.is_number and value < 0 else base))
        known = self._diagonal_values()
        for (universe, p), e in f.single.items():
            if e != 0:
                self._lift(universe, p, e, known, determinants, products)
        every = list(self.families.values())
        for universe in dict.fromkeys(u for u, _ in f.pair):
            pairs = {p: e for (u, p), e in f.pair.items() if u is universe and e != 0}
            products += [LetterProduct(e, "i<j", p, families_in(p, every)) for p, e in _together(pairs)]
        for key, e in f.cross.items():
            products.append(LetterProduct(e, "i,j", key[-1], families_in(key[-1], every)))
        products += [Sum(sp.Integer(e), p, families_in(p, every)) for p, e in f.sums]
        products = [*self.merged, *products]
        return [*terms, *(Determinant(sp.factor(e), P) for P, e in determinants.items() if e != 0), *products]

    def _lift(
        self, universe: Size, p: Any, e: Any, known: dict[Any, Expr], determinants: dict[Expr, Any], products: list[Any]
    ) -> None:
        """∏ |p(l_i)|^e(i) as a determinant where the exponent is one for all i, else as a product."""
        families = families_in(p, list(self.families.values()), ("i",))
        ordered = all(f.what in ("diagonal entries", "entries") for f in families)
        in_blocks = any(f.what in ("entries of blocks", "angles") for f in families)
        if I_INDEX in e.free_symbols and not ordered:  # eigenvalues have no order: each place comes equally often
            e = sp.expand(e.subs(I_INDEX, (self.point.count(universe) + 1) / 2))
        plain = len(families) == 1 and p == families[0].symbol("i")
        alone = in_blocks or (plain and families[0].what == "entries")  # no matrix has these eigenvalues
        if I_INDEX in e.free_symbols or alone or "determinant" not in PATTERNS:
            products.append(LetterProduct(sp.factor(e), "i", p, families))
            return
        PATTERNS["determinant"](self, p, e, families, known, determinants, products)

    def _diagonal_values(self) -> dict[Any, Expr]:
        """{p: the shortest matrix whose diagonal entries at the point are p(l_i)}."""
        found: dict[Any, Expr] = {}
        for node, A in sorted(self.point.nodes.items(), key=lambda item: item[0].weight):
            if node.rows is not node.cols or node.is_scalar or self.point.scaled & set(postorder(node)):
                continue
            n = A.rows
            entries = A.value
            if any(entries[i * n + j] for i in range(n) for j in range(n) if i != j) or not entries[0]:
                continue
            value = self.point.reduced(entries[0])
            first = self.point.index(node.rows, 0)
            if first is None or not value.free_symbols:
                continue
            try:
                generic, _ = self._generic(value, {(first.universe, 1): (first, "i")})
            except OutOfReach:
                continue
            if n > first.universe.value(self.point.sizes) and self.point.reduced(entries[-1]) != 1:
                continue  # the rows beyond n would count too
            found.setdefault(generic, node)
        return found


def _together(pairs: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """(l_i - l_j)^e and (l_i + l_j)^e as (l_i^2 - l_j^2)^e: factors of one exponent, up to sign, in one product."""
    if len({abs(e) for e in pairs.values()}) != 1 or len(pairs) > 3:
        return list(pairs.items())
    over = sp.expand(sp.Mul(*(p for p, e in pairs.items() if e > 0)))
    under = sp.expand(sp.Mul(*(p for p, e in pairs.items() if e < 0)))
    exponent = abs(next(iter(pairs.values())))
    return [(over / under, exponent)] if over != 1 else [(under, -exponent)]


def _is_coupled(block: EntryBlock) -> bool:
    """Whether several diagonal coordinates are in one block."""
    return len({c[1] for c in block.columns if len(c[1]) == 1 and next(iter(c[1])).beyond is None}) > 1


@pattern("determinant")
def _determinant(
    w: Weigher,
    p: Any,
    e: Any,
    families: Any,
    known: dict[Any, Expr],
    determinants: dict[Expr, Any],
    products: list[Any],
) -> None:
    """∏ p(l_i) is the determinant of the matrix with these eigenvalues."""
    if p in known:
        plus(determinants, known[p], e)
    elif sp.expand(p**2) in known:
        plus(determinants, known[sp.expand(p**2)], e / 2)
    elif len(families) == 1 and p == families[0].symbol("i"):
        X = families[0].matrix
        if families[0].what == "singular values" and families[0].count is None:
            plus(determinants, X.T @ X, e / 2)
        elif X.rows is X.cols and families[0].count is None:
            plus(determinants, X, e)
        else:
            products.append(LetterProduct(sp.factor(e), "i", p, families))
    else:
        products.append(LetterProduct(sp.factor(e), "i", p, families))


@pattern("rank one")
def _rank_one(w: Weigher, block: EntryBlock, times: int) -> None:
    """D + u v' on the coordinates (i, i): ∏ D_i (1 + sum u_i v_i / D_i), by the matrix determinant lemma."""
    n = len(block.matrix)
    if n != 3 or len(block.indices) != 3 or len({x.universe for x in block.indices}) != 1:
        raise OutOfReach("the operator couples more than two indices")
    order = sorted(range(n), key=lambda c: min(x.number for x in block.columns[c][1]))
    rows = sorted(range(n), key=lambda r: min(x.number for x in block.rows[r][3]))
    M = [[block.matrix[r][c] for c in order] for r in rows]
    if any(not M[i][j] for i in range(n) for j in range(n) if i != j):
        raise OutOfReach("the diagonal is coupled by more than a term of rank one")
    u = [M[i][j] * M[k][i] / M[k][j] for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1))]
    if any(M[i][j] * M[j][i] != u[i] * u[j] for i in range(n) for j in range(i)):
        raise OutOfReach("the diagonal is coupled by more than a term of rank one")
    D, ratio = M[0][0] - u[0], u[0] / (M[0][0] - u[0])
    index = next(x for x in block.indices if x.number == 1)
    n_size = w.point.count(index.universe)
    w._count(w.point.reduced(D), times, {index: "i"}, n_size, {"i": sp.Integer(1)})
    generic, used = w._generic(w.point.reduced(ratio), {(index.universe, 1): (index, "i")})
    if used:
        w.found.sums.append((generic, times))
    else:
        signed = w.point.reduced(ratio)
        plus(w.found.scalars, 1 + n_size * signed, sp.Integer(times))


@pattern("common eigenvalues")
def _common(w: Weigher) -> None:
    """a_i b_j + b_i a_j is in eigenvalues of inv(B)*A, and x_i b_i + x_j b_j in those of X*B."""
    for (universe, p), e in list(w.found.pair.items()):
        families = families_in(p, list(w.families.values()))
        if len(families) != 2 or any(f.what != "eigenvalues" for f in families):
            continue
        n = w.point.count(universe)
        for a, b in (families, families[::-1]):
            for matrix, back in (
                (inv(b.matrix) @ a.matrix, lambda g, h: g * h),
                (a.matrix @ b.matrix, lambda g, h: g / h),
            ):
                g = sp.Symbol("g[i]"), sp.Symbol("g[j]")
                trial = p.subs(
                    {a.symbol(x): back(s, b.symbol(x)) for x, s in zip("ij", g, strict=True)}, simultaneous=True
                )
                numbers, factors = split(trial)
                joint = [q for q in factors if q.free_symbols & set(g)]
                if any(q.free_symbols - set(g) for q in joint) or len(joint) != 1 or numbers:
                    continue
                family = w.fresh_family(matrix)
                del w.found.pair[(universe, p)]
                alone = w.found.single.pop((universe, a.symbol("i")), 0)  # a_i is g_i b_i, or g_i/b_i
                plus(w.found.single, (universe, family.symbol("i")), alone)
                plus(w.found.single, (universe, b.symbol("i")), alone * (1 if back(1, 2) == 2 else -1))
                for q, k in factors.items():
                    if q in joint:
                        generic = q.subs({s: family.symbol(x) for x, s in zip("ij", g, strict=True)})
                        plus(w.found.pair, (universe, generic), e * k)
                    else:
                        at_i = q.has(b.symbol("i"))
                        single = q if at_i else q.subs(b.symbol("j"), b.symbol("i"))
                        plus(w.found.single, (universe, single), e * k * ((n - I_INDEX) if at_i else (I_INDEX - 1)))
                break
            else:
                continue
            break


@pattern("all pairs")
def _all_pairs(w: Weigher) -> None:
    """∏ over i < j and over i of the same function, as one product over i <= j, or over all i and j."""
    for (universe, p), e in list(w.found.pair.items()):
        q = w.swapped(p)
        if (universe, p) not in w.found.pair:
            continue
        symmetric = q == p
        if not symmetric and w.found.pair.get((universe, q)) != e:
            continue
        at_one = p.subs({f.symbol("j"): f.symbol("i") for f in w.families.values()}, simultaneous=True)
        if at_one == 0:
            continue
        options = [("i,j", e / 2), ("i<=j", e)] if symmetric else [("i,j", e)]
        for over, power in options:
            if sp.sympify(power).is_integer is False:
                continue
            if _take(w, universe, at_one, power):
                del w.found.pair[(universe, p)]
                w.found.pair.pop((universe, q), None)
                w.merged.append(LetterProduct(power, over, p, families_in(p, list(w.families.values()))))
                break


def _take(w: Weigher, universe: Size, at_one: Any, power: Any) -> bool:
    """Takes ∏ |p(l_i, l_i)|^power away from what has been collected, if it is all of what is there."""
    numbers, factors = split(at_one)
    n = w.point.count(universe)
    if any(sp.expand(w.found.numbers.get(b, 0) - e * power * n) != 0 for b, e in numbers.items()):
        return False
    keys: dict[Any, None] = {}
    for b, e in factors.items():
        key = (universe, -b if b.could_extract_minus_sign() else b)
        if sp.expand(w.found.single.get(key, 0) - e * power) != 0:
            return False
        keys[key] = None
    for b in numbers:
        del w.found.numbers[b]
    for key in keys:
        del w.found.single[key]
    return True
