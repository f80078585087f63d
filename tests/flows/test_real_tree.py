"""An end-to-end run on a tree that nobody here wrote: Python's standard library."""

from __future__ import annotations

import shutil
import sysconfig
from collections import Counter
from pathlib import Path

from tests.trees import Tree, check_snapshot, fsck, inside, words


def test_the_standard_library_is_reorganised(tmp_path: Path) -> None:
    """Commit it, move packages and modules about, see moves, commit, and follow a file to its beginning."""
    top = tmp_path / "tree"
    shutil.copytree(
        sysconfig.get_path("stdlib"), top, symlinks=True,
        ignore=shutil.ignore_patterns("site-packages", "__pycache__", "test", "idlelib", "*.so", "*.a"),
    )  # fmt: skip
    tree = Tree(tmp_path)
    first = tree.commit()
    before = tree.ids()
    assert len(first) == len(before) > 300
    check_snapshot(tree)

    tree.move("json", "formats/json")
    tree.move("email/mime", "mime")
    tree.move("email", "formats/mail")
    tree.move("abc.py", "collections/abstract.py")
    tree.append("formats/json/decoder.py", "# edited\n")
    tree.append("mime/text.py", "# edited\n")
    tree.write("new.py", "pass\n")
    tree.remove("xmlrpc", "this.py")
    expected = {
        ("added", "formats"), ("moved", "json", "formats/json"), ("moved", "email/mime", "mime"),
        ("moved", "email", "formats/mail"), ("moved", "abc.py", "collections/abstract.py"),
        ("modified", "formats/json/decoder.py"), ("modified", "mime/text.py"), ("added", "new.py"),
    }  # fmt: skip
    status = tree.repository.status()
    told = words(status)
    assert {word for word in told if word[0] != "deleted"} == expected
    assert {word[1].split("/")[0] for word in told if word[0] == "deleted"} == {"xmlrpc", "this.py"}
    said = tree.committed()
    assert words(said) == told
    # what was copied in the last moments before the first commit is read again
    assert said.read["files"] < len(tree.ids()) / 2
    check_snapshot(tree)
    fsck(tree)

    after = tree.ids()
    assert after["formats/json/decoder.py"] == before["json/decoder.py"]
    assert after["mime/text.py"] == before["email/mime/text.py"]
    followed = list(tree.repository.log(follow=inside("formats/json/decoder.py")))
    assert len(followed) == 2
    assert followed[0].counts == Counter(word[0] for word in told)
    assert tree.status() == []
