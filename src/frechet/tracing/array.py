"""What stands for an array while a function is traced: it behaves as a NumPy array, and records what is done to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from frechet.tracing.graph import PRIMITIVES, Primitive
from frechet.tracing.keywords import understood
from frechet.tracing.primitives.indexing import Index, indexed
from frechet.tracing.refusing import NOT_TRACED, lost, of_kind, stores_an_entry
from frechet.tracing.tape import OPERATORS, PROTOCOLS, Tape

__all__ = [
    "FUNCTIONS",
    "METHODS",
    "UFUNCS",
    "UNKNOWN",
    "Traced",
    "apply",
    "called_with_out",
    "concrete",
    "constant",
    "decided",
    "form_of",
    "index_of",
    "is_active",
]

UNKNOWN: list[Callable[[Callable], Callable]] = []
"""What to do with a library's function that has no meaning of its own: filled by `frechet.tracing.copying`."""
FUNCTIONS: dict[Callable, Callable] = {}
"""The meaning of a NumPy, SciPy or math function on traced values."""
UFUNCS: dict[str, Callable] = {}
"""The meaning of a ufunc that is not a primitive of the same name."""
METHODS: dict[str, Callable] = {}
"""The methods of arrays that are not operators."""


class Traced:
    """An array on a tape. Writes replace its entry by a new version; a view knows what it is a view of."""

    __slots__ = ("_base", "_seen", "_version", "index", "tape", "value")
    __array_priority__ = 1000.0

    def __init__(self, tape: Tape, index: int, value: Any) -> None:
        self.tape, self.index, self.value = tape, index, value
        self._base: tuple[Traced, Callable, Callable] | None = None
        self._version = self._seen = 0

    # --- versions and views ---------------------------------------------------------------------------

    def current(self) -> Traced:
        """This array; a view is taken anew when what it is a view of has been written."""
        if self._base is not None:
            base, take, _ = self._base
            base.current()
            if base._version != self._seen:
                fresh = take(base)
                self.index, self.value, self._seen = fresh.index, fresh.value, base._version
                self._version += 1  # for the views of this one
        return self

    def view_of(self, base: Traced, take: Callable, put: Callable) -> Traced:
        """Makes this array a view: `take(base)` is its value, `put(base, value)` the base with another value of it."""
        self._base, self._seen = (base, take, put), base._version
        return self

    def become(self, other: Any) -> None:
        """Writes a new value into this array, and through it into what it is a view of."""
        if not isinstance(other, Traced) or other.tape is not self.tape:
            other = Traced(self.tape, self.tape.constant(other), other)
        self.index, self.value = other.index, other.value
        self._version += 1
        if self._base is not None:
            base, _, put = self._base
            base.become(put(base, self))
            self._seen = base._version

    # --- what an array tells ------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value) if type(self.value) is not Traced else self.value.shape

    @shape.setter
    def shape(self, new: tuple[int, ...]) -> None:
        if self._base is not None:
            raise lost("a write to x.shape", "of a view is not known on traced arrays: write x.reshape")
        self.become(METHODS["reshape"](self, new) * 1.0)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # isinstance(x, np.ndarray) takes the branch that it takes without a trace
        return type(form_of(self))

    @property
    def is_number(self) -> bool:
        """Whether it stands for a number, which is not written in place, or for an array."""
        return not isinstance(form_of(self), np.ndarray)

    @property
    def dtype(self) -> np.dtype:
        value = form_of(self)
        return value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    nbytes = property(lambda self: self.size * self.itemsize)

    @property
    def strides(self) -> tuple[int, ...]:
        return concrete(self).strides

    @property
    def flags(self) -> Any:
        return np.asarray(concrete(self)).flags

    @property
    def T(self) -> Traced:
        return METHODS["transpose"](self)

    @property
    def mT(self) -> Traced:
        return METHODS["swapaxes"](self, -1, -2)

    @property
    def real(self) -> Any:
        return FUNCTIONS[np.real](self)

    @real.setter
    def real(self, new: Any) -> None:
        self[...] = new + 1j * self.imag if self.dtype.kind == "c" else new

    @property
    def imag(self) -> Any:
        return FUNCTIONS[np.imag](self)

    @imag.setter
    def imag(self, new: Any) -> None:
        self[...] = self.real + 1j * new

    @property
    def flat(self) -> Any:
        return _Flat(self)

    @flat.setter
    def flat(self, new: Any) -> None:
        self.flat[...] = new

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a number")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a number")
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return repr(_written_as_text(self))

    def __str__(self) -> str:
        return str(_written_as_text(self))

    def __format__(self, spec: str) -> str:
        return format(_written_as_text(self), spec)

    def __hash__(self) -> int:
        return id(self)

    # --- leaving the trace ---------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        return bool(concrete(self))

    def __float__(self) -> float:
        return float(_passive(self, "float(...)"))

    def __int__(self) -> int:
        return int(_passive(self, "int(...)"))

    def __index__(self) -> int:
        return int(_passive(self, "an index or range(...)").__index__())

    def __round__(self, digits: int | None = None) -> Any:
        return round(_passive(self, "round(...)"), digits)

    def __floor__(self) -> int:
        return int(np.floor(concrete(self)))

    def __ceil__(self) -> int:
        return int(np.ceil(concrete(self)))

    def __trunc__(self) -> int:
        return int(np.trunc(concrete(self)))

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __copy__(self) -> Any:
        return METHODS["copy"](self)

    def __deepcopy__(self, memo: Any) -> Any:
        return METHODS["copy"](self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise lost("pickling", "takes an array out of the trace")

    def __complex__(self) -> complex:
        return complex(_passive(self, "complex(...)"))

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(_passive(self, "a conversion to a NumPy array"), dtype=dtype)

    def item(self, *where: Any) -> Any:
        return _passive(self, "item()").item(*where)

    def tolist(self) -> Any:
        return _passive(self, "tolist()").tolist()

    def tobytes(self) -> bytes:
        return _passive(self, "tobytes()").tobytes()

    # --- NumPy's protocols -----------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        self.tape.routes[PROTOCOLS] += 1
        name = ufunc.__name__
        if not options and method == "__call__":
            meaning = FUNCTIONS.get(ufunc) or UFUNCS.get(name)
            return meaning(*inputs) if meaning is not None else _same_name(name, inputs)
        if method != "__call__":
            meaning = UFUNCS.get(f"{name}.{method}") or UFUNCS[f"any.{method}"](ufunc)
            out = options.pop("out", None)
            result = meaning(*inputs, **options)
            return result if out is None else _written(out[0], result, f"np.{name}.{method}")
        out = options.pop("out", None)
        mask = options.pop("where", True)
        dtype = options.pop("dtype", None)
        options = {k: v for k, v in options.items() if k != "casting" and v is not None}
        if options:
            raise lost(f"np.{name}", f"with {', '.join(options)} is not known on traced arrays")
        meaning = FUNCTIONS.get(ufunc) or UFUNCS.get(name)
        result = meaning(*inputs) if meaning is not None else _same_name(name, inputs)
        if dtype is not None:
            result = METHODS["astype"](result, dtype)
        if mask is not True:
            if out is None:
                raise lost(f"np.{name} with where", "leaves entries that are not defined: give out too")
            result = FUNCTIONS[np.where](mask, result, out[0])
        return result if out is None else _written(out[0], result, f"np.{name}")

    def __array_function__(self, function: Callable, types: Any, args: tuple, options: dict) -> Any:
        self.tape.routes[PROTOCOLS] += 1
        meaning = FUNCTIONS.get(function)
        if meaning is None:
            return UNKNOWN[0](function)(*args, **options)
        return called_with_out(meaning, f"np.{function.__name__}", args, options, function)

    # --- indexing -----------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        self.tape.routes[OPERATORS] += 1
        index, positions = index_of(key, self.shape)
        part = apply(PRIMITIVES["take"], (self, *positions), (index,))
        if isinstance(part, Traced) and index.is_basic and not part.is_number:  # x[..., 0] of a vector is one too
            part.view_of(self, lambda base: base[key], lambda base, new: _put(base, index, (), new))
        return part

    def __setitem__(self, key: Any, new: Any) -> None:
        self.tape.routes[OPERATORS] += 1
        if self.is_number:
            raise TypeError(f"a number of type {type(concrete(self)).__name__} has no entries to write")
        self.become(_put(self, *index_of(key, self.shape), new))

    def __getattr__(self, name: str) -> Any:
        method = METHODS.get(name)
        if method is None:
            if hasattr(np.ndarray, name) and not name.startswith("__"):
                raise lost(f"the method {name}", "of arrays is not known on traced arrays")
            raise AttributeError(f"'Traced' arrays have no attribute {name!r}")
        self.tape.routes[OPERATORS] += 1
        return lambda *args, **options: called_with_out(method, name, (self, *args), options, getattr(np, name, None))


class _Flat:
    """x.flat: the entries one after another; writes reach the array."""

    def __init__(self, array: Traced) -> None:
        self.array = array

    def __iter__(self) -> Iterator[Any]:
        return iter(METHODS["ravel"](self.array))

    def __len__(self) -> int:
        return self.array.size

    def __getitem__(self, key: Any) -> Any:
        return METHODS["flatten"](self.array)[key]

    def __setitem__(self, key: Any, new: Any) -> None:
        whole = METHODS["flatten"](self.array)
        whole[key] = new
        self.array[...] = METHODS["reshape"](whole, self.array.shape)


def called_with_out(meaning: Callable, name: str, args: tuple, options: dict, function: Callable | None = None) -> Any:
    """A call of what a function means, by arguments as the function takes them; out= gets the result."""
    out = options.pop("out", None)
    if options or len(args) > 1:
        args, options = understood(meaning, name, function, args, options)
    result = meaning(*args, **options)
    return result if out is None else _written(out, result, name)


def _written_as_text(array: Traced) -> Any:
    """The numbers, to be printed; the tape knows, so that the text is not read back as numbers."""
    if is_active(array):
        array.tape.has_text = True
    return concrete(array)


def _passive(array: Traced, call: str) -> Any:
    """The value, where it does not depend on what is differentiated by; the error names the call otherwise."""
    if is_active(array):
        why = "takes a value that depends on what is differentiated by out of the trace"
        asked_by = of_kind(sys._getframe(2).f_globals.get("__name__", ""))
        if stores_an_entry() and not call.startswith("an index"):
            call, why = "a[i] = x", NOT_TRACED
        error = asked_by or lost(call, why)
        array.tape.caught = array.tape.caught or error  # another thread has no current tape
        raise error
    return concrete(array)


def is_active(value: Any) -> bool:
    """Whether the value depends on an input of its tape, or of one outside."""
    while isinstance(value, Traced):
        value.current()
        if value.tape.active[value.index] and not value.tape.closed:
            return True
        value = value.value
    return False


def concrete(value: Any) -> Any:
    """The numbers behind a traced value: the tape knows that they were looked at."""
    while isinstance(value, Traced):
        value = value.current()
        tape = value.tape
        if not tape.closed and tape.active[value.index]:
            tape.looked = True
        value = value.value
    return value


def form_of(value: Any) -> Any:
    """The same for its shape or dtype alone, which do not change when the record is run again."""
    while isinstance(value, Traced):
        value = value.current().value
    return value


def decided(test: Callable[..., Any], *args: Any) -> Any:
    """The outcome of a test of numbers, which is a guard of the record."""
    outcome = test(*[form_of(a) for a in args])
    for a in args:
        if type(a) is Traced:
            tape = a.tape
            there = tuple([("t", b.index) if type(b) is Traced and b.tape is tape else ("c", form_of(b)) for b in args])
            tape.guards.append((len(tape.ops), test, there, outcome))
            tape.looked = tape.looked or type(a.value) is Traced
            break
    return outcome


def _after_the_trace(value: Any) -> Any:
    while type(value) is Traced and value.tape.closed:
        value = value.value
    return value


def constant(tape: Tape, value: Any) -> Traced:
    """An array that does not depend on the inputs, and may be written."""
    return Traced(tape, tape.constant(value), value)


def apply(op: Primitive, args: tuple, params: tuple = ()) -> Any:
    """The value of a primitive, recorded on the innermost tape that one of its arguments is on."""
    tape: Tape | None = None
    for a in args:
        if type(a) is Traced and a.tape is not tape:
            if a.tape.closed:  # left over from a trace that has ended: it is its numbers
                return apply(op, tuple([_after_the_trace(b) for b in args]), params)
            if tape is None or a.tape.level > tape.level:
                tape = a.tape
    if tape is None:
        return op.value(*args, *params)
    places, raw, deeper, moves = [], [], False, False
    for a in args:
        place = -1
        if type(a) is Traced:
            if a._base is not None:
                a.current()
            if a.tape is tape:
                place, a = a.index, a.value
                moves = moves or tape.active[place]
            deeper = deeper or type(a) is Traced
        places.append(place)
        raw.append(a)
    value = apply(op, tuple(raw), params) if deeper else op.value(*raw, *params)
    if not moves:
        return Traced(tape, tape.constant(value), value)
    if -1 in places:
        places = [tape.from_outside(a) if i < 0 else i for i, a in zip(places, raw, strict=True)]
    return Traced(tape, tape.record(op, tuple(places), params, value), value)


def _same_name(name: str, inputs: tuple) -> Any:
    op = PRIMITIVES.get(name)
    if op is None:
        library = "np" if hasattr(np, name) or not hasattr(sys.modules.get("scipy.special"), name) else "scipy.special"
        raise lost(f"{library}.{name}", "is not known on traced arrays")
    return apply(op, inputs)


def index_of(key: Any, shape: tuple[int, ...]) -> tuple[Index, tuple[np.ndarray, ...]]:
    """The index, and its arrays of positions: numbers for passive traced parts, lists as arrays."""
    parts = [_index_part(p) for p in (key if isinstance(key, tuple) else (key,))]
    if any(isinstance(p, np.ndarray) and p.dtype == bool for p in parts):
        np.broadcast_to(False, shape)[tuple(parts)]  # a mask of another shape raises what it raises in NumPy
    return indexed(parts)


def _index_part(part: Any) -> Any:
    if isinstance(part, Traced):
        part = np.asarray(_passive(part, "an index"))
        return part if part.ndim else part[()]
    if isinstance(part, list):
        return np.asarray([_index_part(p) for p in part])
    if isinstance(part, slice):
        return slice(*[_index_part(p) for p in (part.start, part.stop, part.step)])
    return part


def _put(base: Traced, index: Index, positions: tuple, new: Any) -> Any:
    new = new if isinstance(new, Traced) else FUNCTIONS[np.asarray](new)
    if is_active(new) and new.dtype.kind == "c" and base.dtype.kind in "fiub":
        raise lost(
            "a write of complex numbers",
            "into a real array drops their imaginary part: write np.real, or make it with dtype=complex",
        )
    return apply(PRIMITIVES["put"], (base, new, *positions), (index,))


def _written(out: Any, result: Any, name: str) -> Any:
    if not isinstance(out, Traced):
        raise lost(f"{name} with out=, or as in a *= x,", NOT_TRACED)
    out[...] = result
    return out
