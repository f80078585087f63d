"""The program as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from annexish import __version__

PROGRAM = [sys.executable, "-c", "from annexish.cli.main import main; main()"]


def test_the_version_is_said_without_loading_anything() -> None:
    """Scripts ask for it; click alone would triple the time."""
    run = "import sys; from annexish.cli.main import main; main(); print('click' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", run, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"annexish {__version__}\nFalse\n"


def test_a_reader_that_went_away_gets_no_traceback() -> None:
    """`annexish … | head` is no error worth words."""
    for words in (["--version"], ["--help"], ["completion", "fish"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([*PROGRAM, *words], stdout=writing, stderr=subprocess.PIPE, check=False)
        os.close(writing)
        assert done.stderr == b""


def test_output_that_cannot_be_written_is_an_error() -> None:
    """A full disk behind stdout is said once."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*PROGRAM, "completion", "fish"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "error: No space left on device\n")
