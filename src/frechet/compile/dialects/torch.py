"""PyTorch: functions of tensors that autograd follows."""

from __future__ import annotations

from collections.abc import Sequence

from frechet.compile.dialects.native import library_templates, native_operations
from frechet.compile.dialects.numpy import PYTHON_WORDS, UFUNCS
from frechet.compile.dialects.spelling import is_real_power, raised, rows_of, sized, unfit
from frechet.compile.natives import words_torch
from frechet.compile.natives.operations import COMPLEX_OF_REAL, TORCH_JOINT, TORCH_NATIVE
from frechet.compile.values import Value
from frechet.compile.writing import ATOM, PRODUCT, Code, Language, Template, Writer
from frechet.expr.node import Expr, symbols

__all__ = ["TORCH"]


_OF_NUMBERS = frozenset({"number", "size", "pi", "add", "sub", "mul", "div", "pow"})
"""Kernels that plain numbers go through and stay plain numbers."""
_TAKES_NUMBERS = frozenset({"add_diagonal", "one_by_one", "concatenate"})


def _arrays_in(w: Writer) -> list[str]:
    return [s.name for s in symbols(*w.program.exprs) if not s.is_scalar]


def _as_tensors(w: Writer, real: Sequence[Expr]) -> list[str]:
    """Numbers become tensors where they meet functions of tensors, are to be real, or tensors are made of them alone."""
    met = {s.name for s in real if s.is_scalar}
    plain: dict[Value, set[str]] = {}  # numbers, and the symbols that they are made of
    for v in w.program.order:
        names = {name for a in v.args for name in plain.get(a, ())}
        if v.kernel == "input" and not v.ndim:
            plain[v] = {v.params[0]}
        elif v.kernel == "pow" and not v.ndim and not is_real_power(v):  # Python's is complex where it is not real
            met |= names
        elif v.kernel in _OF_NUMBERS and all(a in plain for a in v.args):
            plain[v] = names
        elif v.kernel not in _OF_NUMBERS | _TAKES_NUMBERS:
            met |= names
    arrays = _arrays_in(w)
    if not arrays and len(plain) < len(w.program.order):
        met = {s.name for s in symbols(*w.program.exprs)}
    like = f", {arrays[0]}" if arrays else ""
    return [f"{name} = tensor_of(torch, {name}{like})" for name in sorted(met)]


def _like(w: Writer) -> str:
    """dtype and device of the first array that comes in; of the first number, where no arrays do."""
    given = [*_arrays_in(w), *[s.name for s in symbols(*w.program.exprs)]]
    return f"dtype={given[0]}.dtype, device={given[0]}.device" if given else "dtype=torch.get_default_dtype()"


def _of_tensors(text: str, strength: int = ATOM) -> Template:
    """A function that takes tensors alone; of a plain number, of a tensor made of it."""

    def template(w: Writer, v: Value) -> Code:
        return Code(text.format(*[_tensor(w, a) for a in v.args]), strength)

    return template


def _positive_only(text: str) -> Template:
    return _of_tensors(f"torch.where({{0}} > 0, torch.{text}, torch.nan)")


def _tensor(w: Writer, a: Value) -> Code:
    return w.text[a] if a.ndim or a.varies else Code(f"torch.as_tensor({w.text[a]}, {w.like()})")


def _concatenate(w: Writer, v: Value) -> Code:
    parts = [w.text[a] if a.ndim else f"torch.as_tensor({w.text[a]}, {w.like()}).reshape(1)" for a in v.args]
    return Code(f"torch.cat([{', '.join(parts)}])")


TORCH = Language(
    name="torch",
    templates={
        **library_templates("torch"),
        **{name: _of_tensors(f"torch.{name}({{0}})") for name in (*UFUNCS, "sigmoid", "erf", "erfc", "relu")},
        "gammaln": _positive_only("lgamma({0})"),
        "digamma": _positive_only("digamma({0})"),
        "maximum": _of_tensors("torch.maximum({0}, {1})"),
        "minimum": _of_tensors("torch.minimum({0}, {1})"),
        "hypot": _of_tensors("hypotenuse(torch, {0}, {1})"),
        "sign": _of_tensors("sign_of(torch, {0})"),
        "step": _of_tensors("(sign_of(torch, {0}) + 1) / 2", PRODUCT),
        "softplus": "torch.nn.functional.softplus({0}, threshold=50)",
        "softmax": "torch.softmax({0:100}.reshape(-1), 0).reshape({0:100}.shape)",
        "softmax_rows": "torch.softmax({0}, 1)",
        "max": "{0:100}.amax()",
        "min": "{0:100}.amin()",
        "max_rows": "{0:100}.amax(1)",
        "min_rows": "{0:100}.amin(1)",
        "rowdots": "({0:60} * {1:61}).sum(1)",
        "coldots": "({0:60} * {1:61}).sum(0)",
        "rowsum": "{0:100}.sum(1)",
        "colsum": "{0:100}.sum(0)",
        "eye": sized("torch.eye({s0}, {like})"),
        "ones": sized("torch.ones({tuple}, {like})"),
        "zeros": sized("torch.zeros({tuple}, {like})"),
        "unit": sized("torch.eye({s0}, {like})[{first}]"),
        "commutation": sized("torch.eye({s0}, {like})[torch.arange({s0}).reshape({1}, {0}).T.reshape(-1)]"),
        "one_by_one": "torch.as_tensor({0}).reshape(1, 1)",
        "hat": "torch.linalg.cross(torch.eye(3, dtype={0:100}.dtype), {0:100}.expand(3, 3))",
        "kron": "kronecker(torch, {0}, {1})",
        "vec": "{0:100}.T.reshape(-1)",
        "unvec": "{0:100}.reshape({s1}, {s0}).T",
        "block": lambda w, v: Code(f"torch.cat([{', '.join(f'torch.cat([{row}], 1)' for row in rows_of(v, w.text))}])"),
        "concatenate": _concatenate,
    },
    **native_operations(
        "torch",
        TORCH_NATIVE,
        TORCH_JOINT,
        words_torch,
        COMPLEX_OF_REAL,
        polygamma="torch.where({0} > 0, torch.polygamma({p0}, torch.as_tensor({0})), torch.nan)",
    ),
    instead="; frechet.torch.linalg computes it on the host",
    reserved=frozenset({"torch"}),
    keywords=PYTHON_WORDS,
    named=frozenset({"argmax", "argmin", "argmax_rows", "argmin_rows", "gram", "hat", "softmax", "vee"}),
    like=_like,
    opening=_as_tensors,
    refused=raised("torch.is_complex"),
    unfit=unfit,
    copy=".clone()",
    has_mutable_scalars=True,
)
