"""What bare links or renames of the same files take: `python -I -S links.py link|rename FROM TO`."""

import os
import sys


def files(top: str) -> list[str]:
    """Every file below, no links."""
    found = []
    for directory, _, names in os.walk(top):
        paths = [os.path.join(directory, name) for name in names]
        found += [path for path in paths if not os.path.islink(path)]
    return found


def main(word: str, top: str, to: str) -> None:
    """Give each file a second name, or another one, in 256 directories by turns."""
    do = {"link": os.link, "rename": os.rename}[word]
    os.mkdir(to)
    for fan in range(256):
        os.mkdir(f"{to}/{fan:02x}")
    for number, path in enumerate(files(top)):
        do(path, f"{to}/{number * 167 % 256:02x}/{number:062x}")


if __name__ == "__main__":
    main(*sys.argv[1:])
