"""What a journey through the working tree makes durable before what, whatever the disk does with the rest."""

from __future__ import annotations

import os

from tests.faults.case import Case
from tests.faults.operations import OPERATIONS
from tests.faults.recording import Event

_LOOKS = ("open", "openat", "fsync", "fdatasync", "syncfs", "sync")


def test_advance_is_durable_step_by_step(case: Case) -> None:
    """The journal before the first file, all files before the cache, that before the head; the journal goes last."""
    operation = next(each for each in OPERATIONS if each.name == "advance")
    operation.prepare(case)
    said = case.run(*operation.words, recorded=True)
    assert said.code == 0, said
    top = os.fsencode(os.path.realpath(case.top)) + b"/"
    control = top + b".annexish/"

    def where(name: str, path: bytes) -> list[int]:
        return [at for at, event in enumerate(said.events) if event.name.startswith(name) and path in event.files]

    def in_tree(event: Event) -> bool:
        inside = [path.startswith(top) and not path.startswith(control) for path in event.files]
        return event.name not in _LOOKS and any(inside)

    journal = where("rename", control + b"journal")[0]
    files = [at for at, event in enumerate(said.events) if in_tree(event)]
    cache = where("pwrite", control + b"cache.sqlite-wal")
    head = where("rename", control + b"history.git/refs/heads/main")[0]
    synced = [at for at, event in enumerate(said.events) if event.name == "syncfs"]
    logged = [at for name in ("fsync", "fdatasync") for at in where(name, control + b"cache.sqlite-wal")]

    assert where("fsync", control + b"journal.new")[0] < journal
    assert any(journal < at < files[0] for at in where("fsync", control[:-1]))
    assert any(files[-1] < at < cache[0] for at in synced)
    assert any(cache[-1] < at < head for at in logged)
    assert head < where("fsync", control + b"operations")[0] < where("unlink", control + b"journal")[0]
