"""Families of errors. Each knows its exit code and what to do next; only `cli` prints."""

from __future__ import annotations


class AnnexishError(Exception):
    """A command ends here, for a reason that a person can act on."""

    exit_code = 1
    code = "error"
    hint = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


class Usage(AnnexishError):
    """The words of the command are wrong."""

    exit_code = 2
    code = "usage"


class Missing(AnnexishError):
    """Something that was named does not exist."""

    code = "missing"


class Corrupt(AnnexishError):
    """Stored bytes are not what they must be."""

    code = "corrupt"


class Busy(AnnexishError):
    """Another command holds the repository."""

    code = "busy"
    hint = "wait for the other command to end, then repeat this one"


class Unreachable(AnnexishError):
    """A place that is needed cannot be reached, read or written."""

    code = "unreachable"


class Refused(AnnexishError):
    """What was asked is lawful but dangerous; a person must say yes."""

    exit_code = 5
    code = "refused"
