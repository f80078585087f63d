"""What goes over the wire, as plain values that MessagePack holds, and back again, checked (docs/protocol.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from annexish.errors import AnnexishError, Busy, Corrupt, Missing, Refused, Unreachable, Usage
from annexish.model.budget import Budget
from annexish.model.commit import Commit, Signature
from annexish.model.content import BLOCK, Ask, Chunk, Failure, Piece, Recipe, Span, Want
from annexish.model.entry import Kind
from annexish.model.ids import CommitId, Digest, TreeId
from annexish.model.objects import GitObject
from annexish.model.path import RepoPath
from annexish.model.peer import Peer
from annexish.model.published import is_object
from annexish.model.report import Damage, Problem, Step, Tick, Verified

_Value = Any
_T = TypeVar("_T")
_DIGEST, _TREE = 32, 20
_FAR = 1 << 62
_TEXT = 10_000
"""Characters of an error; more are not told."""
_LONGEST = 256 << 20
"""Bytes of the longest object of a history."""
_DAMAGES = frozenset({"rot", "unreadable", "kept", "history", "cache"})
_REASON = 1000
"""Characters of the longest reason that is told of a damage."""
_FAMILIES: Mapping[str, type[AnnexishError]] = {
    family.code: family for family in (Usage, Missing, Corrupt, Busy, Unreachable, Refused)
}


def pack_error(error: AnnexishError) -> tuple[str, str, str]:
    """Return family, message and hint."""
    code = error.code if error.code in _FAMILIES else Unreachable.code
    # a path in it may be no UTF-8
    told, hint = (text[:_TEXT].encode(errors="backslashreplace").decode() for text in (str(error), error.hint))
    return code, told, hint


def unpack_error(parts: Sequence[_Value]) -> AnnexishError:
    """Return the error that the other side had."""
    code, message, hint = fields(parts, str, str, str)
    return _FAMILIES.get(code, Unreachable)(message, hint=hint)


def pack_peer(peer: Peer) -> tuple[_Value, ...]:
    """Return who answers."""
    return (peer.id, peer.name, peer.head, peer.tree, peer.takes, peer.free)


def unpack_peer(value: _Value) -> Peer:
    """Return who answers; what is printed of it is for the printer to check."""
    id, name, head, tree, takes, free = fields(value, str, str, (str, type(None)), bool, bool, int)
    if len(id) != 32 or set(id) - set("0123456789abcdef"):
        raise Corrupt("the other side has no id")
    return Peer(id, name, unpack_commit_id(head) if head is not None else None, tree, takes, free)


def unpack_commit_id(value: _Value) -> CommitId:
    """Return the name of a commit."""
    return CommitId(unpack_name(value))


def unpack_name(value: _Value) -> str:
    """Return the name of an object."""
    if type(value) is not str or not is_object(value):
        raise Corrupt("what comes is no name of an object")
    return value


def unpack_digest(value: _Value) -> Digest:
    """Return a digest."""
    if type(value) is not bytes or len(value) != _DIGEST:
        raise Corrupt("what comes is no digest")
    return Digest(value)


def unpack_size(value: _Value) -> int:
    """Return a number of bytes."""
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise Corrupt("what comes is no size")
    return value


def unpack_flag(value: _Value) -> bool:
    """Return a yes or no."""
    if type(value) is not bool:
        raise Corrupt("what comes is neither yes nor no")
    return value


def unpack_text(value: _Value) -> str:
    """Return a text."""
    if type(value) is not str:
        raise Corrupt("what comes is no text")
    return value


def pack_objects(objects: Iterable[GitObject]) -> Iterator[tuple[bytes, bytes, bool]]:
    """Yield kind, bytes, and whether the object ends with them: one that is long goes in several parts."""
    for kind, data in objects:
        ends = range(BLOCK, len(data), BLOCK)
        for end in ends:
            yield kind, data[end - BLOCK : end], False
        yield kind, data[len(ends) * BLOCK :], True


def unpack_objects(parts: Iterable[_Value]) -> Iterator[GitObject]:
    """Yield objects of a history; whether they are, their taker checks."""
    begun = bytearray()
    for part in parts:
        kind, data, ends = fields(part, bytes, bytes, bool)
        begun += data
        if len(begun) > _LONGEST:
            raise Corrupt("an object of a history is too long")
        if ends:
            yield GitObject(kind, bytes(begun))
            begun.clear()
    if begun:
        raise Corrupt("an object of a history has no end")


def unpack_reference(value: _Value) -> tuple[str, str]:
    """Return a reference and the name of its object."""
    reference, name = fields(value, str, str)
    return reference, unpack_name(name)


def pack_want(want: Want) -> tuple[_Value, ...]:
    """Return a content that is to be taken; what it is going to look like, its taker knows."""
    return (want.digest, want.size, want.base)


def unpack_want(value: _Value) -> Want:
    """Return a content that is to be taken."""
    digest, size, base = fields(value, bytes, int, (bytes, type(None)))
    return Want(unpack_digest(digest), unpack_size(size), optional(base, unpack_digest))


def pack_ask(ask: Ask) -> tuple[_Value, ...]:
    """Return a content that is asked for, without the chunks of what is known."""
    return ask.digest, ask.offset, ask.most, None if ask.known is None else clamped(ask.known.average)


def pack_chunks(chunks: Iterable[Chunk], most: int) -> Iterator[_Value]:
    """Yield at most so many chunks of what is known, and nil, which ends them."""
    for chunk in islice(chunks, most):
        yield clamped(chunk.size), chunk.digest[:_DIGEST]
    yield None


def unpack_ask(value: _Value) -> Ask:
    """Return a content that is asked for, without the chunks of what is known."""
    digest, offset, most, average = fields(value, bytes, int, int, (int, type(None)))
    known = None if average is None else Recipe(average, [])
    return Ask(unpack_digest(digest), unpack_size(offset), known, unpack_size(most))


def pack_piece(piece: Piece) -> Iterator[_Value]:
    """Yield bytes, one block at most, or offset and size; whether they make sense, their taker sees."""
    if isinstance(piece, Span):
        yield clamped(piece.offset), clamped(piece.size)
    elif len(piece) <= BLOCK:
        yield piece
    else:
        yield from (piece[at : at + BLOCK] for at in range(0, len(piece), BLOCK))


def unpack_piece(value: _Value) -> Piece:
    """Return bytes of a content, one block at most, or a span; raise the error that stands in its place."""
    if type(value) is bytes:
        if len(value) > BLOCK:
            raise Corrupt("a block of a content is too long")
        return value
    if type(value) is tuple and len(value) == 3:
        raise unpack_error(value)
    offset, size = fields(value, int, int)
    return Span(offset, size)


def pack_failure(failure: Failure) -> tuple[_Value, ...]:
    """Return a content that could not be taken, and why."""
    return (failure.digest, *pack_error(failure.error))


def unpack_failure(value: _Value) -> Failure:
    """Return a content that could not be taken, and why."""
    digest, *error = fields(value, bytes, str, str, str)
    return Failure(unpack_digest(digest), unpack_error(tuple(error)))


def clamped(number: int) -> int:
    """Return the number, or the nearest that goes over the wire."""
    return max(-_FAR, min(_FAR, number))


def unpack_chunk(value: _Value) -> Chunk:
    """Return one chunk of a recipe; one that no content has is of no use, and does no harm."""
    size, digest = fields(value, int, bytes)
    if len(digest) > _DIGEST:
        raise Corrupt("what comes is no chunk")
    return Chunk(size, digest)


def pack_problem(problem: Problem) -> tuple[_Value, ...]:
    """Return what could not be done."""
    return (problem.path, problem.code, problem.reason)


def unpack_problem(value: _Value) -> Problem:
    """Return what could not be done there."""
    path, code, reason = fields(value, bytes, str, str)
    return Problem(RepoPath(path), code, reason)


def pack_step(step: Step) -> tuple[_Value, ...]:
    """Return one thing that was done."""
    return (step.word, step.path, step.kind.value, step.size, step.wanted)


def unpack_step(value: _Value) -> Step:
    """Return one thing that was done there."""
    word, path, kind, size, wanted = fields(value, str, bytes, int, int, (bytes, type(None)))
    return Step(word, RepoPath(path), _kind(kind), size, None if wanted is None else RepoPath(wanted))


def unpack_budget(seconds: _Value, size: _Value) -> Budget:
    """Return how much may be read."""
    if type(seconds) not in (int, float, type(None)) or (seconds is not None and not 0 <= seconds < _FAR):
        raise Corrupt("what comes is no time")
    return Budget(None if seconds is None else float(seconds), optional(size, unpack_size))


def pack_damage(damage: Damage) -> tuple[_Value, ...]:
    """Return something that is not what was recorded."""
    return (damage.path, damage.code, damage.reason[:_REASON], damage.healed)


def unpack_damage(value: _Value) -> Damage:
    """Return something that is not there what was recorded; what is printed of it is for the printer to check."""
    path, code, reason, healed = fields(value, bytes, str, str, bool)
    if code not in _DAMAGES or len(reason) > _REASON:
        raise Corrupt("what comes is no damage")
    return Damage(RepoPath(path), code, reason, healed)


def pack_tick(tick: Tick) -> tuple[_Value, ...]:
    """Return how far a verification is."""
    return (tick.path, tick.files, tick.total_files, tick.size, tick.total_size)


def unpack_tick(value: _Value) -> Tick:
    """Return how far a verification is there."""
    path, files, total, size, whole = fields(value, bytes, int, (int, type(None)), int, (int, type(None)))
    return Tick(
        "verifying", path, unpack_size(files), optional(total, unpack_size), unpack_size(size),
        optional(whole, unpack_size),
    )  # fmt: skip


def pack_counts(done: Verified) -> tuple[int, ...]:
    """Return what a verification counted."""
    return (done.files, done.size, done.changed, done.unprotected, done.remaining)


def unpack_verified(value: _Value, problems: Sequence[Damage]) -> Verified:
    """Return what a verification found, of which the problems came before."""
    files, size, changed, unprotected, remaining = map(unpack_size, fields(value, int, int, int, int, int))
    return Verified(files, size, tuple(problems), changed, unprotected, remaining)


def pack_commit(commit: Commit | None) -> _Value:
    """Return a commit that nobody made yet, or none."""
    if commit is None:
        return None
    return (
        commit.id, commit.tree, commit.parents, tuple(commit.author), commit.message, commit.repository,
        dict(commit.counts), commit.name,
    )  # fmt: skip


def unpack_commit(value: _Value) -> Commit | None:
    """Return a commit that nobody made yet, or none."""
    if value is None:
        return None
    id, tree, parents, author, message, repository, counts, name = fields(
        value, str, bytes, tuple, tuple, str, str, dict, str
    )
    if len(tree) != _TREE or not all(type(key) is str and type(one) is int for key, one in counts.items()):
        raise Corrupt("what comes is no commit")
    signature = Signature(*fields(author, str, str, int, int))
    above = tuple(map(unpack_commit_id, parents))
    return Commit(unpack_commit_id(id), TreeId(tree), above, signature, message, repository, counts, name)


def unpack_parts(value: _Value) -> tuple[_Value, ...]:
    """Return the parts that one frame holds."""
    if type(value) is not tuple:
        raise Corrupt("what comes is no array of parts")
    return value


def unpack_path(value: _Value) -> RepoPath:
    """Return a path; what is done with it, its user checks."""
    if type(value) is not bytes:
        raise Corrupt("what comes is no path")
    return RepoPath(value)


def optional(value: _Value, each: Callable[[_Value], _T]) -> _T | None:
    """Return a value that may be missing."""
    return None if value is None else each(value)


def fields(value: _Value, *kinds: type | tuple[type, ...]) -> tuple[_Value, ...]:
    """Return the items of an array; raise Corrupt if there are others."""
    if not isinstance(value, tuple) or len(value) != len(kinds):
        raise Corrupt("what comes has other fields than it must have")
    for one, kind in zip(value, kinds, strict=True):
        if type(one) not in (kind if isinstance(kind, tuple) else (kind,)):
            raise Corrupt("what comes has a field of another type")
    return value


def _kind(value: int) -> Kind:
    try:
        return Kind(value)
    except ValueError as error:
        raise Corrupt("what comes is of no kind") from error


def batches(parts: Iterable[_Value], size: int) -> Iterator[list[_Value]]:
    """Put parts together, as many as have about so many bytes in a frame."""
    batch: list[_Value] = []
    weight = 0
    for part in parts:
        batch.append(part)
        weight += weight_of(part)
        if weight >= size:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def weight_of(part: _Value) -> int:
    """Return about how many bytes a part takes."""
    if isinstance(part, str | bytes):
        return len(part) + 5
    return 5 + sum(map(weight_of, part)) if isinstance(part, tuple | list) else 9
