"""What plain Python needs to list a tree and to stat each file in it: `python -I -S floor.py DIRECTORY`."""

import os
import sys


def walk(top: str) -> int:
    """Count what is below."""
    count, todo = 0, [top]
    while todo:
        with os.scandir(todo.pop()) as names:
            for entry in names:
                count += 1
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
    return count


if __name__ == "__main__":
    walk(sys.argv[1])
