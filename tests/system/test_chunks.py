"""Contents cut where their bytes say."""

from __future__ import annotations

import pytest

from annexish.model.content import BLOCK, Recipe
from annexish.system import chunks
from annexish.system.chunks import Held, pieces
from tests.giving import rebuilt, recipe
from tests.store.repositories import noise

BASE = noise(3 << 20)
EDITED = BASE[: 1 << 20] + b"edited" + BASE[1 << 20 :]


@pytest.mark.parametrize("most", [0, 1, 10, 1 << 18])
def test_a_content_of_too_many_chunks_comes_all_the_same(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """What is not looked at comes as bytes, so that nobody can ask for more memory than there is."""
    known = recipe(BASE)
    monkeypatch.setattr(chunks, "CHUNKS_MOST", most)
    data, came = rebuilt(pieces(Held(EDITED), known), BASE)
    assert data == EDITED
    assert (came < BLOCK) is (most > 1000)


def test_what_is_known_is_looked_at_last() -> None:
    """It may still be on its way while the content is cut."""
    seen: list[object] = []

    class Noted(Held):
        def readinto(self, buffer: memoryview, /) -> int:
            assert not seen
            return super().readinto(buffer)

    known = recipe(BASE)
    told = pieces(Noted(EDITED), Recipe(known.average, (seen.append(one) or one for one in known.chunks)))  # type: ignore[func-returns-value]
    assert rebuilt(told, BASE)[0] == EDITED
    assert seen
