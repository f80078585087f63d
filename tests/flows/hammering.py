"""Programs that change files while somebody reads them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.trees import Tree

SIZE = 70_000

REPLACE = """
import os, sys, itertools
for number in itertools.count():
    for name in ("a", "b", "c"):
        with open(name + ".t~", "wb") as file:
            file.write(b"%08d" % number * (SIZE // 8))
        os.rename(name + ".t~", name)
"""
IN_PLACE = """
import os, itertools
files = [os.open(name, os.O_RDWR) for name in ("a", "b", "c")]
for number in itertools.count():
    for file in files:
        for part in range(0, SIZE, 8192):
            os.pwrite(file, b"%08d" % number * 1024, part)
        os.ftruncate(file, SIZE - number % 3 * 4096)
"""
SHAPES = """
import os, itertools, shutil
def gone(name):
    if os.path.isdir(name) and not os.path.islink(name):
        shutil.rmtree(name)
    elif os.path.lexists(name):
        os.unlink(name)
for number in itertools.count():
    for at, name in enumerate(("a", "b", "c")):
        gone(name)
        shape = (number + at) % 4
        if shape == 0:
            open(name, "wb").write(b"%08d" % number * (SIZE // 8))
        elif shape == 1:
            os.symlink("../outside/secret", name)
        elif shape == 2:
            os.mkfifo(name)
        else:
            os.mkdir(name)
            open(name + "/x", "w").write("inside")
"""
OUTSIDE = """
import os, itertools
while True:
    os.rename("d", "real")
    os.symlink("../outside", "d")
    os.unlink("d")
    os.rename("real", "d")
"""
MOVES = """
import os, random
chance = random.Random(1)
places = [a + "/" + b for a in ("p", "q", "q/deep") for b in ("d", "e", "f")]
while True:
    one, other = chance.sample(places, 2)
    try:
        os.rename(one, "aside~")
    except OSError:
        continue
    try:
        os.rename(other, one)
    except OSError:
        pass
    os.rename("aside~", other)
"""
EXCHANGED = """
import os, ctypes
libc = ctypes.CDLL(None)
os.symlink("../outside", "other")
while True:
    libc.renameat2(-100, b"d", -100, b"other", 2)
"""


@contextmanager
def hammering(tree: Tree, program: str) -> Iterator[None]:
    """Another process writes for as long as the block runs."""
    program = "print(flush=True)\n" + program.replace("SIZE", str(SIZE))
    writer = subprocess.Popen([sys.executable, "-c", program], cwd=tree.top, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    try:
        writer.stdout.readline()
        yield
        assert writer.poll() is None, "the writer goes on for ever"
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
