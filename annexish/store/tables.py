"""Files of TOML that people may edit: tables of plain values, replaced whole."""

from __future__ import annotations

from annexish.errors import Corrupt

Tables = dict[str, dict[str, str]]


def read_tables(path: str) -> Tables:
    """Return the tables of a file, none if it is not there; raise Corrupt for what is no TOML."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return {}
    import tomllib

    try:
        tables = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Corrupt(f"{path} is no TOML: {error}", hint="repair the file by hand") from error
    return {
        table: {name: str(value) for name, value in values.items()}
        for table, values in tables.items()
        if isinstance(values, dict)
    }


def quoted(value: str) -> str:
    """Return a TOML basic string; bytes that are not UTF-8, as a directory's name may have, become visible."""
    import json

    text = value.encode(errors="backslashreplace").decode()
    # a JSON string is one, but for a character that TOML wants escaped
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
