"""What bare links, reflinks or renames of the same files take: `python -I -S links.py link|reflink|rename FROM TO`."""

import fcntl
import os
import sys
from collections.abc import Callable

FICLONE = 0x40049409


def files(top: str) -> list[str]:
    """Every file below, no links."""
    found = []
    for directory, _, names in os.walk(top):
        paths = [os.path.join(directory, name) for name in names]
        found += [path for path in paths if not os.path.islink(path)]
    return found


def reflink(path: str, to: str) -> None:
    """A new file that shares all blocks of another."""
    source = os.open(path, os.O_RDONLY)
    target = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    fcntl.ioctl(target, FICLONE, source)
    os.close(source)
    os.close(target)


def main(word: str, top: str, to: str) -> None:
    """Give each file a second name, a reflink, or another name, in 256 directories by turns."""
    do: dict[str, Callable[[str, str], None]] = {"link": os.link, "reflink": reflink, "rename": os.rename}
    os.mkdir(to)
    for fan in range(256):
        os.mkdir(f"{to}/{fan:02x}")
    for number, path in enumerate(files(top)):
        do[word](path, f"{to}/{number * 167 % 256:02x}/{number:062x}")


if __name__ == "__main__":
    main(*sys.argv[1:])
