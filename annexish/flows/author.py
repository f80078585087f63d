"""Who commits: annexish's own settings, else Git's, else login and host; never an error."""

from __future__ import annotations

import time

from annexish.flows.place import Place
from annexish.model.commit import Signature


def author(place: Place) -> Signature:
    """Return the author of a commit that is made now."""
    settings = place.settings
    name, email = settings.get("user.name"), settings.get("user.email")
    if not (name and email):
        git_name, git_email = place.history.git_author()
        name, email = name or git_name or _login(), email or git_email or _address()
    now = int(time.time())
    return Signature(_clean(name), _clean(email), now, time.localtime(now).tm_gmtoff // 60)


def _address() -> str:
    import socket

    return f"{_login()}@{socket.gethostname()}"


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _clean(text: str) -> str:
    """What Git's commit header can hold: no angle brackets, no line ends."""
    return "".join(sign for sign in text if sign not in "<>\n\r\0").strip() or "unknown"
