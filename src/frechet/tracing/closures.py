"""What a copy of a function is made of, and what it writes into the cells of its closure."""

from __future__ import annotations

import types
from dataclasses import dataclass
from operator import is_
from typing import Any

from frechet.tracing.array import concrete

__all__ = ["Copy", "contents", "has_no_stand_ins", "parts_of", "write_back"]

_EMPTY = object()


@dataclass
class Copy:
    """A copy of a function, the parts that it was made of, and what its closure held then.

    One that holds stand-ins for objects lasts for one trace: an object may get other methods, a partial function other arguments.
    """

    made: types.FunctionType
    parts: tuple[Any, ...]
    held: tuple[Any, ...]
    is_lasting: bool = True


def parts_of(function: types.FunctionType) -> tuple[Any, ...]:
    """Code, defaults, and what the cells hold but for functions, which are looked up at every call.

    A copy whose function has other parts is made anew. The defaults of keywords stand one by one: people write into their dict.
    """
    options, cells = function.__kwdefaults__, function.__closure__
    parts: tuple[Any, ...] = (function.__code__, function.__defaults__)
    if options:
        parts += (*options, *options.values())
    if cells:
        parts += tuple([types.FunctionType if type(c) is types.FunctionType else c for c in contents(cells)])
    return parts


def contents(cells: tuple[types.CellType, ...] | None) -> tuple[Any, ...]:
    """What the cells of a closure hold."""
    return tuple(map(_content, cells or ()))


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return _EMPTY


def has_no_stand_ins(function: types.FunctionType, made: types.FunctionType) -> bool:
    """Whether its closure and its defaults hold what those of the function hold; functions in the closure are looked up when called."""
    held = [
        c
        for c, own in zip(function.__closure__ or (), made.__closure__ or (), strict=True)
        if c is not own and type(_content(c)) is not types.FunctionType
    ]
    defaults = map(is_, function.__defaults__ or (), made.__defaults__ or ())
    options = map(is_, (function.__kwdefaults__ or {}).values(), (made.__kwdefaults__ or {}).values())
    return not held and all(defaults) and all(options)


def write_back(function: types.FunctionType, copy: Copy) -> None:
    """Gives the closure of a function what its copy has assigned to names there."""
    for cell, own, old in zip(function.__closure__ or (), copy.made.__closure__ or (), copy.held, strict=True):
        new = _content(own)
        if own is not cell and new is not old and new is not _EMPTY:
            cell.cell_contents = concrete(new)
