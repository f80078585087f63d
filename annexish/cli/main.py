"""The entry point: `--version` without loading anything, everything else through `program`."""

from __future__ import annotations

import gc
import sys

_SELDOM = 50_000
"""How many objects are made before Python looks for cycles among them: there are hardly any."""


def main() -> None:
    """Run the command line and exit."""
    if sys.argv[1:] == ["--version"]:
        from annexish import __version__

        try:
            sys.stdout.write(f"annexish {__version__}\n")
            sys.stdout.flush()
        except OSError:
            from annexish.cli.endings import FAILED, silence_stdout

            silence_stdout()
            sys.exit(FAILED)
        return
    gc.set_threshold(_SELDOM)
    from annexish.cli.endings import end_on_sigterm
    from annexish.cli.program import program

    end_on_sigterm()
    program.main(prog_name="annexish")
