"""Copies of the user's classes: the same classes, with methods that are copies.

The copy of a class inherits from the copies of its bases and from the class itself, so that super() reaches copies and an
instance is one of the class too. Objects that exist already get a copy that shares their attributes.
"""

from __future__ import annotations

import abc
import enum
import functools
import sys
import types
from collections.abc import Callable
from contextvars import ContextVar
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from frechet.tracing.array import Traced
from frechet.tracing.tape import CURRENT, Tape

__all__ = [
    "FOREIGN",
    "LOCK",
    "class_of_copies",
    "copy_of",
    "is_standard",
    "is_users",
    "is_written_in_python",
    "released",
    "shadow",
]

_NAMED = ("__module__", "__qualname__", "__doc__")
_ALWAYS = (
    "__dict__",
    "__weakref__",
    "__abstractmethods__",
    "_abc_impl",
)  # in the dict of a class whatever its body says
FOREIGN = ("numpy", "scipy", "math", "cmath", "frechet", "jax", "torch", "builtins")
_ASKED: ContextVar[frozenset[tuple[type, type]]] = ContextVar("asked", default=frozenset())
_CLASSES: WeakKeyDictionary[type, type] = WeakKeyDictionary()
LOCK = RLock()
"""Held while copies are made: other threads find them when they are whole."""


def is_standard(library: str) -> bool:
    """Whether a name is of Python's own modules."""
    return library in sys.stdlib_module_names and library != "__main__"


def is_written_in_python(kind: type) -> bool:
    """Whether a library's class is arithmetic in terms of its functions: instances run as copies."""
    return kind.__module__.startswith("numpy.polynomial.")


def _is_own(kind: type) -> bool:
    if is_written_in_python(kind):
        return True
    library = kind.__module__.partition(".")[0]
    return library not in FOREIGN and not is_standard(library)


def is_users(kind: type) -> bool:
    """Whether a class is the user's own, with methods in Python."""
    if not _is_own(kind) or issubclass(kind, BaseException | types.ModuleType | enum.Enum | type):
        return False
    return any(
        isinstance(v, types.FunctionType) for base in kind.__mro__[:-1] for v in vars(base).values() if _is_own(base)
    )


def class_of_copies(kind: type, copied: Callable[[Callable], Callable]) -> type:
    """The class with copies of its methods; the class itself where it takes part in the making of subclasses."""
    with LOCK:
        return _class_of_copies(kind, copied)


def _class_of_copies(kind: type, copied: Callable[[Callable], Callable]) -> type:
    known = _CLASSES.get(kind)
    if known is not None:
        return _brought_up_to_date(known, kind, copied)
    if "_copy_of" in vars(kind) or (type(kind).__init__ is not type.__init__ and type(kind).__module__ != "abc"):
        return kind
    if any("__init_subclass__" in vars(base) for base in kind.__mro__[:-1] if _is_own(base)):
        return kind
    bases = tuple([class_of_copies(b, copied) for b in kind.__bases__ if is_users(b)])
    body = {name: getattr(kind, name) for name in _NAMED} | {"_copy_of": kind}
    try:
        made = _kind_of(type(kind))(kind.__name__, (*[b for b in bases if b is not kind], kind), body)
    except TypeError:  # bases that do not go together
        return kind
    _CLASSES[kind] = made  # known before its methods are copied: their super() names it
    _write_members(made, kind, copied)
    abc.update_abstractmethods(made)
    return made


def _brought_up_to_date(made: type, kind: type, copied: Callable[[Callable], Callable]) -> type:
    """The copy with the members that the class has now: once in a trace."""
    tape = CURRENT.get()
    if tape is None or kind in tape.classes:
        return made
    tape.classes[kind] = None
    for base in kind.__bases__:
        if base in _CLASSES:
            _brought_up_to_date(_CLASSES[base], base, copied)
    for name in vars(made).keys() - vars(kind).keys() - {"_copy_of", *_NAMED, *_ALWAYS}:
        type.__delattr__(made, name)
    _write_members(made, kind, copied)
    return made


def _write_members(made: type, kind: type, copied: Callable[[Callable], Callable]) -> None:
    """Copies of the methods, and the attributes that a copy of a base would hide."""
    hidden = [base for base in made.__bases__ if base is not kind]
    for name, member in tuple(vars(kind).items()):
        if isinstance(member, _MEMBERS):
            member = _copied_member(member, copied)
        elif name in (*_NAMED, "__dict__", "__weakref__") or not any(name in vars(base) for base in hidden):
            if isinstance(vars(made).get(name), _MEMBERS):  # it was a method, and is a number now
                type.__delattr__(made, name)
            continue
        if vars(made).get(name, _MEMBERS) is not member:
            type.__setattr__(made, name, member)


def copy_of(kind: type) -> type:
    """The copy of a class that has one."""
    return _CLASSES.get(kind, kind)


_MEMBERS = (types.FunctionType, property, staticmethod, classmethod, functools.cached_property)


@functools.lru_cache(maxsize=64)
def _kind_of(meta: type) -> type:
    """A metaclass by which instances of a class are instances of its copy."""

    def instance(cls: Any, value: Any) -> bool:
        return (
            isinstance(value, cls.__dict__.get("_copy_of") or cls)
            if "_copy_of" in cls.__dict__
            else type.__instancecheck__(cls, value)
        )

    def subclass(cls: Any, kind: type) -> bool:
        own = cls.__dict__.get("_copy_of")
        if own is None:
            return type.__subclasscheck__(cls, kind)
        if (own, kind) in _ASKED.get():
            return False  # an abstract class asks its subclasses, and this copy is one of them
        token = _ASKED.set(_ASKED.get() | {(own, kind)})
        try:
            return issubclass(kind, own)
        finally:
            _ASKED.reset(token)

    def write(cls: Any, name: str, value: Any) -> None:
        own = cls if name.startswith("__") else cls.__dict__.get("_copy_of", cls)
        meta.__setattr__(own, name, value)  # type: ignore[call-arg]
        if own is not cls and name in cls.__dict__:
            type.__setattr__(cls, name, value)

    body = {"__instancecheck__": instance, "__subclasscheck__": subclass, "__setattr__": write}
    return type(meta.__name__, (meta,), body)


def _copied_member(member: Any, copied: Callable[[Callable], Callable]) -> Any:
    if isinstance(member, property):
        parts = (member.fget, member.fset, member.fdel)
        return property(*[copied(f) if isinstance(f, types.FunctionType) else f for f in parts])  # type: ignore[arg-type]
    if isinstance(member, functools.cached_property):
        made: Any = functools.cached_property(copied(member.func))
        made.__set_name__(None, member.attrname)
        return made
    if isinstance(member, staticmethod | classmethod):
        return type(member)(copied(member.__func__))
    return copied(member)


def shadow(value: Any, copied: Callable[[Callable], Callable]) -> Any:
    """The same object, with its attributes, whose methods are copies."""
    kind = type(value)
    made_of = class_of_copies(kind, copied)
    if (
        not hasattr(value, "__dict__")
        or made_of is kind
        or isinstance(value, tuple | list | dict | set | str | np.ndarray)
    ):
        return value
    made: Any = object.__new__(made_of)
    object.__setattr__(made, "__dict__", value.__dict__)  # shared: what a method writes, the object has
    tape = CURRENT.get()
    if tape is not None:
        tape.written.append(value.__dict__)
    return made


def released(tape: Tape) -> None:
    """What a trace has written into objects of the user's, as it is without the trace."""
    functions = [f.__dict__ for f in tape.functions if f.__dict__]
    while tape.written or functions:
        attributes = functions.pop() if functions else tape.written.pop()
        for name, value in list(attributes.items()):
            if type(value) is Traced and value.tape is tape:
                attributes[name] = value.current().value
            elif type(value) is list:
                value[:] = [v.current().value if type(v) is Traced and v.tape is tape else v for v in value]
