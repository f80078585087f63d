"""Who holds what, and whether that is enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from annexish.model.holdings import Disk
from annexish.model.path import RepoPath


class Holder(NamedTuple):
    """A repository that may hold something; `here` is this one.

    `told` says how old what is known of it is, `verified` when of its contents the one was that waits longest, 0 for
    never; both in s since 1970.
    """

    id: str
    name: str
    disk: Disk
    told: int
    verified: int
    here: bool = False


class Copy(NamedTuple):
    """What a holder has of a path: files and other objects that are no directories, and bytes.

    `beside` is the name of another holder on the same disk, "" if there is none: one disk is one copy.
    """

    holder: Holder
    files: int
    size: int
    beside: str = ""


class Whereabouts(NamedTuple):
    """A path of the snapshot: how many files and bytes it has, and who has how much of it, this repository first."""

    path: RepoPath
    files: int
    size: int
    copies: Sequence[Copy]


class Safety(NamedTuple):
    """Whether a path may go here: `risky` files of `risky_size` bytes have too few copies elsewhere.

    `minimum` is how many copies it needs.
    """

    where: Whereabouts
    minimum: int
    risky: int
    risky_size: int


class Risk(NamedTuple):
    """Files of one directory that have too few copies elsewhere: how many, their bytes, and what the worst has."""

    path: RepoPath
    files: int
    size: int
    copies: int
    minimum: int
