"""Measures annexish beside its peers, in turns, and prints a table of medians and ratios in Markdown.

Ratios of one run can be compared; seconds of two machines cannot.
As root, --image gives each round a new journalled file system, so that no round pays for another's deletions.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile

from tests.bench.experiments import EXPERIMENTS, Annexish, Size
from tests.bench.measure import Bench, Failed, Record
from tests.bench.place import MAKE, new_place
from tests.bench.table import table


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    usual = Size()
    beside = os.path.join(os.path.dirname(sys.executable), "annexish")
    parser.add_argument("--n", type=int, default=usual.many, help="how many small files (%(default)s)")
    parser.add_argument("--flat", type=int, default=usual.flat, help="files in the one large directory (%(default)s)")
    parser.add_argument("--big", type=int, default=usual.big, help="how many large files (%(default)s)")
    parser.add_argument("--mib", type=int, default=usual.mib, help="MiB of each large file (%(default)s)")
    parser.add_argument("--ssh", type=int, default=usual.ssh, help="how many small files over ssh (%(default)s)")
    parser.add_argument("--far", type=int, default=usual.far, help="how many from far away (%(default)s)")
    parser.add_argument("--delta-mib", type=int, default=usual.delta, help="MiB of the changed file (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, each on new trees (%(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="repeats in a round of what can be (%(default)s)")
    parser.add_argument("--only", default=",".join(EXPERIMENTS), help="experiments, of %(default)s")
    parser.add_argument("--image", type=int, default=0, metavar="GIB", help="size of the file system of a round")
    parser.add_argument("--kind", choices=MAKE, default="ext4", help="kind of that file system (%(default)s)")
    parser.add_argument("--scratch", default=tempfile.gettempdir(), help="where to work (%(default)s)")
    parser.add_argument("--annexish", default=beside, help="the command to measure (the one beside this Python)")
    parser.add_argument("--out", help="write all samples to this file, as JSON")
    parser.add_argument("--verbose", action="store_true", help="print each sample")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.only.split(",")) - set(EXPERIMENTS):
        parser.error(f"no such experiment: {', '.join(sorted(unknown))}")
    if chosen.n < usual.small:
        parser.error(f"--n is at least {usual.small}")
    return chosen


def measure(chosen: argparse.Namespace, size: Size, record: Record, scratch: str) -> None:
    """All experiments, round by round."""
    for turn in range(chosen.rounds):
        for name in chosen.only.split(","):
            print(f"round {turn + 1} of {chosen.rounds}: {name}", file=sys.stderr, flush=True)
            with new_place(scratch, chosen.image, chosen.kind) as place:
                bench = Bench(name, turn, place, record, _say if chosen.verbose else _silent)
                EXPERIMENTS[name](bench, Annexish(chosen.annexish), size, chosen.repeat)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _silent(text: str) -> None:
    del text


def main() -> int:
    """Measure and print; fail if a command fails, never because it is slow."""
    chosen = options()
    size = Size(
        many=chosen.n, flat=chosen.flat, big=chosen.big, mib=chosen.mib,
        ssh=chosen.ssh, far=chosen.far, delta=chosen.delta_mib,
    )  # fmt: skip
    record = Record()
    os.makedirs(chosen.scratch, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=chosen.scratch) as scratch:
        try:
            measure(chosen, size, record, scratch)
        except Failed as failed:
            print(failed, file=sys.stderr)
            return 1
    print(table(record, size))
    if chosen.out:
        with open(chosen.out, "w", encoding="utf-8") as file:
            json.dump(dataclasses.asdict(record) | {"size": dataclasses.asdict(size)}, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
