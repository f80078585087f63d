"""A commit as a Git commit object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annexish.codec.messages import encode_message
from annexish.model.commit import Signature
from annexish.model.ids import CommitId, TreeId


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
