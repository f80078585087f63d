"""Is a database at rest whole? SQLite knows of its pages; what a column may hold, its declaration says."""

from __future__ import annotations

import os
import sqlite3

_ELSEWHERE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN})
"""Errors that say nothing of the bytes."""
_COLUMNS = 'SELECT name, lower(type), "notnull" OR pk FROM pragma_table_info(?)'


def database_flaw(path: str, *, read_only: bool = False) -> str:
    """Return what is wrong with a database, "" for nothing; one that is not there is in order.

    Who may write completes what a killed writer left; `read_only` it is looked at as it lies.
    """
    if not os.path.exists(path):
        return ""
    try:
        name = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        sql = sqlite3.connect(f"file:{name}?mode={'ro' if read_only else 'rwc'}", uri=True, timeout=60)
        sql.text_factory = lambda data: data.decode("ascii", "backslashreplace")
        try:
            return _page_flaw(sql) or _type_flaw(sql)
        finally:
            sql.close()
    except sqlite3.OperationalError as error:
        return "" if error.sqlite_errorcode in _ELSEWHERE else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    except UnicodeDecodeError:
        return "its description of itself is no text"


def _page_flaw(sql: sqlite3.Connection) -> str:
    (found,) = sql.execute("PRAGMA integrity_check(1)").fetchone()
    return "" if found == "ok" else str(found)


def _type_flaw(sql: sqlite3.Connection) -> str:
    """A byte may turn a number into a text, of which SQLite does not complain."""
    for (table,) in sql.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        wrong = []
        for column, declared, filled in sql.execute(_COLUMNS, (table,)):
            nothing = "" if filled else ", 'null'"
            wrong.append(f"typeof({column}) NOT IN ('{declared}'{nothing})")
            if declared == "text":
                wrong.append(f"{column} GLOB '*[^ -~]*'")
        query = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {' OR '.join(wrong)})"  # noqa: S608 - its own words
        if sql.execute(query).fetchone()[0]:
            return f"a row of {table} holds values of another type"
    return ""
