from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annexish.scan.media.protocol import Limits, OpenFile, Outcome, pack_answer, unpack_answer
from annexish.scan.media.reader import MediaReader
from tests.scan.media import made
from tests.scan.media.place import held, opened

WAV = made.wav()


def read_wav(reader: MediaReader) -> Outcome:
    """What the reader says of a good file."""
    with opened(WAV) as fd:
        return reader.read(fd, b"a.wav", len(WAV))


def test_no_process_without_a_file() -> None:
    """A commit without media starts nothing."""
    with MediaReader() as reader:
        assert reader.pids == []
        assert list(reader.read_all([])) == []
        assert reader.pids == []


def test_closing_ends_the_processes() -> None:
    """After the block none of them is left."""
    with MediaReader() as reader:
        read_wav(reader)
        (pid,) = reader.pids
    assert reader.pids == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_descriptor_is_left_as_it_was() -> None:
    """Reading neither moves the position of the descriptor nor closes it."""
    with MediaReader(workers=1) as reader, opened(WAV) as fd:
        os.lseek(fd, 7, os.SEEK_SET)
        assert reader.read(fd, b"a.wav", len(WAV)).note is None
        assert os.lseek(fd, 0, os.SEEK_CUR) == 7


def test_many_files_come_back_in_order() -> None:
    """Two processes read ahead; outcomes have the order of the files, and each descriptor is closed."""
    widths = list(range(1, 100))
    files = [held(b"a.png", made.png(width=width)) for width in widths]
    with MediaReader() as reader:
        outcomes = list(reader.read_all(files))
        assert len(reader.pids) == 2
    assert [file for file, _ in outcomes] == files
    assert [outcome.tags["image.width"] for _, outcome in outcomes] == widths
    assert not any(is_open(file) for file in files)


def test_an_iteration_that_ends_early_closes_what_it_took() -> None:
    """Descriptors that were taken over are closed, and the reader can be used again."""
    files = [held(b"a.wav", WAV) for _ in range(20)]
    with MediaReader() as reader:
        outcomes = iter(reader.read_all(iter(files)))
        assert isinstance(outcomes, Iterator)
        assert next(outcomes)[1].note is None
        outcomes.close()  # type: ignore[attr-defined]
        assert read_wav(reader).note is None
    left = [file for file in files if is_open(file)]
    assert left == files[len(files) - len(left) :]
    assert len(left) == 4
    for file in left:
        os.close(file.fd)


def is_open(file: OpenFile) -> bool:
    """Whether the descriptor is."""
    try:
        os.fstat(file.fd)
    except OSError:
        return False
    return True


def test_a_process_that_hangs_costs_one_note() -> None:
    """It is given its time, then ended; the next file meets another one."""
    with MediaReader(Limits(seconds=0.2), workers=1) as reader:
        assert read_wav(reader).note is None
        (pid,) = reader.pids
        os.kill(pid, signal.SIGSTOP)
        assert read_wav(reader) == Outcome({}, "took longer than 0.2 s to read")
        assert read_wav(reader).note is None
        assert pid not in reader.pids


def test_a_process_that_is_killed_costs_one_note() -> None:
    """Of the files under way only the one that was being read is lost."""
    with MediaReader(workers=1) as reader:
        assert read_wav(reader).note is None
        (pid,) = reader.pids
        os.kill(pid, signal.SIGSTOP)
        killer = threading.Timer(0.1, os.kill, (pid, signal.SIGKILL))
        killer.start()
        notes = [outcome.note for _, outcome in reader.read_all(held(b"a.wav", WAV) for _ in range(20))]
        killer.join()
    assert notes == ["the process that read it was ended by SIGKILL", *[None] * 19]


def test_an_idle_process_that_is_gone_costs_nothing() -> None:
    """No file is blamed for what happened before it came."""
    with MediaReader(workers=1) as reader:
        assert read_wav(reader).note is None
        (pid,) = reader.pids
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert read_wav(reader).note is None


def test_a_process_is_relieved_after_its_files() -> None:
    """What a library leaks stays small, and no file is lost when another process takes over."""
    with MediaReader(Limits(files=3), workers=1) as reader:
        notes = [outcome.note for _, outcome in reader.read_all(held(b"a.wav", WAV) for _ in range(20))]
    assert notes == [None] * 20


def test_a_process_that_cannot_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file gets the note, and it is not tried for each."""
    monkeypatch.setattr("sys.executable", "/bin/false")
    with MediaReader() as reader:
        notes = {outcome.note for _, outcome in reader.read_all(held(b"a.wav", WAV) for _ in range(20))}
        assert reader.pids == []
    assert notes == {"the process that reads media tags does not start here"}


def test_only_regular_files_are_handed_over(tmp_path: Path) -> None:
    """A FIFO would never answer, so offering one is a mistake of the caller's."""
    os.mkfifo(tmp_path / "a.wav")
    fd = os.open(tmp_path / "a.wav", os.O_RDONLY | os.O_NONBLOCK)
    with MediaReader() as reader, pytest.raises(AssertionError, match="regular"):
        reader.read(fd, b"a.wav", 1)
    os.close(fd)


def test_the_process_has_next_to_nothing() -> None:
    """No descriptor beyond the socket, bounded memory, no core file, a low priority."""
    with MediaReader(workers=1) as reader:
        read_wav(reader)
        (pid,) = reader.pids
        limits = Path(f"/proc/{pid}/limits").read_text()
        descriptors = os.listdir(f"/proc/{pid}/fd")
        nice = os.getpriority(os.PRIO_PROCESS, pid)
    rows = {" ".join(row.split()[:3]): row.split()[-3:-1] for row in limits.splitlines()}
    assert rows["Max open files"] == ["4", "4"]
    assert rows["Max address space"] == [str(1 << 30)] * 2
    assert rows["Max core file"] == ["0", "0"]
    assert rows["Max file size"] == ["0", "0"]
    assert sorted(descriptors) == ["0", "1", "2"]
    assert nice >= 10


def test_an_answer_is_checked() -> None:
    """What a file made of the process is not believed on its word."""
    assert unpack_answer(pack_answer(Outcome({"a": 1}, None), weary=False)) == (Outcome({"a": 1}, None), False)
    wrong: list[Any] = [{1: 1}, {"a": None}, {"a": float("inf")}, {"a": [1]}, []]
    for tags in wrong:
        with pytest.raises(ValueError, match="nonsense"):
            unpack_answer(pack_answer(Outcome(tags, None), weary=False))


def test_too_many_tags_are_a_note() -> None:
    """A message is bounded."""
    outcome, _ = unpack_answer(pack_answer(Outcome({str(n): "x" * 1000 for n in range(100)}, None), weary=False))
    assert outcome == Outcome({}, "more tags than can be recorded")


def test_a_slow_consumer_costs_no_notes() -> None:
    """A file's time runs while its answer is awaited, not while its caller is busy elsewhere."""
    with MediaReader(Limits(seconds=0.5), workers=1) as reader:
        assert read_wav(reader).note is None
        for number, (_, outcome) in enumerate(reader.read_all(held(b"a.wav", WAV) for _ in range(10))):
            if number == 0:
                time.sleep(0.6)
            assert outcome.note is None
