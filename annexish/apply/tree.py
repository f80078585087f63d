"""A snapshot, or paths of it, into an empty directory: for `restore --to` and `view`.

The upper levels are made first, and the branches below them are divided between forked processes.
What needs an order is done by one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

from annexish.apply.filling import Filling, Purpose
from annexish.apply.keeps import Keeps
from annexish.apply.later import Directories, Find, Later
from annexish.apply.making import Making
from annexish.apply.result import Made, Packed, Result
from annexish.diff.pieces import Branch, Pieces
from annexish.errors import AnnexishError
from annexish.model.ids import TreeId
from annexish.model.node import Load
from annexish.model.path import TOP, RepoPath
from annexish.system.descend import Descent
from annexish.system.turns import in_any_order

_BRANCHES = 64
"""How many branches there are for each process to begin with: so many that their sizes even out."""
_WAITING = 20_000
"""How many files may wait for a content that the keep lacks, before the present ones are looked through."""


class Source(NamedTuple):
    """Where a tree comes from: `nodes` and `keep` open what each process has for itself."""

    root: TreeId
    paths: tuple[RepoPath, ...]
    nodes: Callable[[], Load]
    keep: Callable[[], Keeps]
    find: Find


class Manner(NamedTuple):
    """How a tree is made: `directories` replaces all their modes; `steps` says whether single steps are told."""

    way: Purpose
    directories: int | None
    processes: int
    steps: bool


def make_tree(source: Source, top: bytes, manner: Manner) -> Iterator[Made]:
    """Make everything below `top`, an empty directory that nobody else may enter; tell what was made, bit by bit.

    Raise AnnexishError when the place is full or broken, or the history is.
    """
    with ExitStack() as stack:
        making = _making(stack, source, top, manner)
        later = Later(making, stack.enter_context(Descent(top)), source.find)
        directories = stack.enter_context(Directories())
        for result in _results(source, top, manner, making):
            if result.own:
                directories.append(result.path, result.own)
            for file in result.waiting():
                later.add(file, result)
            if later.number >= _WAITING:
                later.look(result)
            yield result.told()
        last = Result(TOP, steps=manner.steps)
        later.look(last)
        directories.dress(making, last, manner.directories)
        yield last.told()


def _results(source: Source, top: bytes, manner: Manner, making: Making) -> Iterator[Result]:
    """Make the upper levels here, until there are branches enough for the processes to take turns at."""
    branches: list[Branch] = []
    for piece in Pieces(source.nodes(), source.root, source.paths).divided(manner.processes * _BRANCHES, branches):
        yield making.piece(piece)
    for packed in in_any_order(lambda *turn: _turns(source, top, manner, branches, *turn), manner.processes):
        if len(packed) == 2:
            raise AnnexishError(packed[0], hint=packed[1])
        yield Result.unpacked(packed)


def _turns(
    source: Source, top: bytes, manner: Manner, branches: list[Branch], number: int, processes: int
) -> Iterator[Packed]:
    """Make the branches of one process; the message and the hint of an error stand in place of a result."""
    with ExitStack() as stack:
        try:
            making = _making(stack, source, top, manner)
            pieces = Pieces(source.nodes(), source.root, source.paths)
            for branch in branches[number::processes]:
                for piece in pieces.below(branch):
                    yield making.piece(piece).packed()
        except AnnexishError as error:
            yield str(error), error.hint


def _making(stack: ExitStack, source: Source, top: bytes, manner: Manner) -> Making:
    keep, descent = stack.enter_context(source.keep()), stack.enter_context(Descent(top))
    return Making(Filling(keep, manner.way), descent, steps=manner.steps)
