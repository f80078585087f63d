"""Commands by fork from a process that has everything imported: a start costs a millisecond, and the code is the same.

`Launcher` is the near end, `main` the far one.
"""

from __future__ import annotations

import importlib
import io
import os
import pickle
import pkgutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

import annexish
from tests.faults.recording import Event, Recorder
from tests.faults.tracer import Ended, Fault, trace

_ROOT = Path(__file__).parents[2]
_LIMIT = 60.0
_ALL_TRACED = Fault()


class Job(NamedTuple):
    """A command line of annexish; `top` is where calls count, `executed` starts a new interpreter for it."""

    words: tuple[str, ...]
    top: bytes
    fault: Fault = _ALL_TRACED
    environment: Mapping[str, str] = {}
    executed: bool = False
    recorded: bool = False


class Said(NamedTuple):
    """What a command said, and how it ended."""

    ended: Ended
    out: str
    err: str
    events: list[Event]

    @property
    def code(self) -> int:
        """The exit code; -signal if it was killed."""
        return self.ended.code


class Launcher:
    """Runs one job after the other in a process of its own."""

    def __enter__(self) -> Self:
        words = [sys.executable, "-c", "from tests.faults.launcher import main; main()"]
        self._far = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._far.communicate()

    def run(self, job: Job) -> Said:
        """Run a command to its end."""
        assert self._far.stdin, "there is a pipe"
        assert self._far.stdout, "there is a pipe"
        pickle.dump(job, self._far.stdin)
        self._far.stdin.flush()
        answer = pickle.load(self._far.stdout)  # noqa: S301 - our own process wrote it a moment ago
        if isinstance(answer, OSError):
            raise answer
        assert isinstance(answer, Said), "an answer is what a command said"
        return answer


def serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Run jobs until there are no more."""
    while True:
        try:
            job = pickle.load(jobs)  # noqa: S301 - so did the one that started this
        except EOFError:
            return
        try:
            answer: Said | OSError = _run(job)
        except OSError as error:
            answer = error
        pickle.dump(answer, answers)
        answers.flush()


def _run(job: Job) -> Said:
    recorder = Recorder(job.top) if job.recorded else None
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:

        def child() -> int:
            _stand(job, out.fileno(), err.fileno())
            return _executed(job.words) if job.executed else _called(job.words)

        ended = trace(child, job.top, job.fault, limit=_LIMIT, watch=recorder.watch if recorder else None)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    return Said(ended, texts[0], texts[1], recorder.events if recorder else [])


def _stand(job: Job, out: int, err: int) -> None:
    """Give the child its own input, output and environment."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.environ.update(job.environment)


def _executed(words: tuple[str, ...]) -> int:
    program = "from annexish.cli.main import main; main()"
    os.execv(sys.executable, [sys.executable, "-c", program, *words])  # noqa: S606 - a new interpreter is wanted


def _called(words: tuple[str, ...]) -> int:
    """Run the command line as a new process would, down to what it prints of an error that nobody caught."""
    from annexish.cli.main import main
    from tests.faults.doors import DOOR, open_door

    sys.argv = ["annexish", *words]
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", errors="surrogateescape")
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", "backslashreplace", line_buffering=True)
    code: object = 0
    try:
        if DOOR in words:
            code = open_door(words[1], words[words.index(DOOR) + 1 :])
        else:
            main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - the interpreter would print it
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    return code if isinstance(code, int) else 1


def _import_everything() -> None:
    """Import what commands import when they need it."""
    for module in pkgutil.walk_packages(annexish.__path__, "annexish."):
        importlib.import_module(module.name)
    for name in ("json", "pygit2", "tests.faults.doors", "tomllib"):
        importlib.import_module(name)


def main() -> None:
    """Be the far end."""
    _import_everything()
    serve(sys.stdin.buffer, sys.stdout.buffer)
