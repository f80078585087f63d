"""What was done here: one line of JSON for each command that changed something, the oldest first."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from annexish.errors import Corrupt
from annexish.model.ids import TreeId
from annexish.model.report import Operation


class Operations:
    """A file that only grows; the writers' lock is held when it does."""

    def __init__(self, control: str) -> None:
        self._path = os.path.join(control, "operations")

    def append(self, operation: Operation) -> int:
        """Record an operation, durably; return the number that it got."""
        number = self.next_number()
        fields = operation._asdict() | {"number": number, "trees": [tree.hex() for tree in operation.trees]}
        line = json.dumps(fields).encode() + b"\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size and not self._ends_whole():
                line = b"\n" + line
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return number

    def next_number(self) -> int:
        """Return the number that the next operation gets."""
        return next((last.number for last in self.newest_first()), 0) + 1

    def newest_first(self) -> Iterator[Operation]:
        """Yield what is recorded; a line that was not written whole is no operation."""
        try:
            with open(self._path, "rb") as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return
        for line in reversed(lines):
            found = _parsed(line) if line else None
            if found is not None:
                yield found

    def get(self, number: int | None) -> Operation | None:
        """Return the operation of a number, the newest without one; None if there is none."""
        return next((one for one in self.newest_first() if number is None or one.number == number), None)

    def _ends_whole(self) -> bool:
        with open(self._path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() == b"\n"


def _parsed(line: bytes) -> Operation | None:
    try:
        found = json.loads(line)
        trees = tuple(TreeId(bytes.fromhex(tree)) for tree in found.pop("trees"))
        return Operation(**found, trees=trees)
    except ValueError:
        return None
    except (TypeError, KeyError, AttributeError) as error:
        raise Corrupt("the record of operations has a line of another version", hint="update annexish") from error
