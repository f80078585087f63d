"""A commit as a Git commit object."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from annexish.codec.messages import encode_message, format_in
from annexish.errors import Corrupt
from annexish.model.commit import Signature
from annexish.model.ids import CommitId, TreeId

_PERSON = rb"[^\n]*<[^\n]*> -?[0-9]{1,18} [+-][0-9]{4}"
_LINKS = re.compile(rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)")
_HEADER = re.compile(_LINKS.pattern + rb"author %b\ncommitter %b(?:\n[^\n]+)*" % (_PERSON, _PERSON))
_ENCODING = re.compile(rb"^encoding ([^\n]*)$", re.MULTILINE)
_ENCODINGS = re.compile(r"(?i)utf-?8|us-ascii|latin-?1|iso-?8859-?[0-9]{1,2}|(windows-|cp)125[0-9]")
"""Those that have ASCII, and in which a part of a text can be read by itself."""


def encode_commit(
    tree: TreeId,
    parents: Sequence[CommitId],
    author: Signature,
    message: str,
    *,
    repository: str,
    counts: Mapping[str, int],
    name: str = "",
) -> bytes:
    """Return the bytes of the commit object; who made it is its author and its committer."""
    sign, offset = ("-" if author.offset < 0 else "+"), abs(author.offset)
    stamp = f"{author.name} <{author.email}> {author.time} {sign}{offset // 60:02}{offset % 60:02}"
    lines = [f"tree {tree.hex()}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {stamp}", f"committer {stamp}", ""]
    text = encode_message(message, repository, counts, name)
    return ("\n".join(lines) + "\n" + text).encode("utf-8", "surrogateescape")


def links_in(data: bytes) -> tuple[TreeId, list[CommitId]]:
    """Return the tree and the parents that a commit object names; raise Corrupt if they cannot be told."""
    found = _LINKS.match(data)
    if found is None:
        raise Corrupt("a commit object names no tree")
    parents = found[2].decode().split("\n")[:-1]
    return TreeId(bytes.fromhex(found[1].decode())), [CommitId(line[7:]) for line in parents]


def check_commit(data: bytes) -> None:
    """Raise Corrupt for a commit object that Git, or this version, could not read."""
    header, _, message = data.partition(b"\n\n")
    encodings = [encoding.decode("latin-1") for encoding in _ENCODING.findall(header)]
    if not _HEADER.fullmatch(header) or b"\0" in data or not all(map(_ENCODINGS.fullmatch, encodings)):
        raise Corrupt("a commit object is malformed")
    try:
        for encoding in encodings:
            data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise Corrupt(f"a commit object is malformed: {error}") from error
    version = format_in(message.decode("utf-8", "surrogateescape"))
    if version not in (None, "1"):
        raise Corrupt(f"a commit has format {version}; this program knows 1", hint="update annexish")
