"""`annexish doctor`."""

from __future__ import annotations

import click

from annexish.cli.printing import columns, plain
from annexish.cli.session import Session
from annexish.model.report import Finding


@click.command(epilog="\b\nExample:\n  annexish doctor")
@click.pass_obj
def command(session: Session) -> None:
    """Say what this place can promise, and what it cannot.

    It looks at the file system, the names in it and the set-up, and changes nothing.

    With --json: a `finding` item for each, with `subject`, `state`, `explanation` and `hint`.
    """
    with session.progress():
        findings = session.repository().doctor()
    if session.json:
        write(session, findings)
    else:
        show(session, findings)


def write(session: Session, findings: list[Finding]) -> None:
    """Write findings as items."""
    items = session.items()
    for finding in findings:
        fields = {"subject": finding.subject, "state": finding.state}
        items.item("finding", {**fields, "explanation": finding.explanation, "hint": finding.hint})
    items.summary({"findings": len(findings)})


def show(session: Session, findings: list[Finding]) -> None:
    """Print findings as a table, hints below them."""
    rows = ((plain(finding.subject), plain(finding.state), plain(finding.explanation)) for finding in findings)
    for finding, line in zip(findings, columns(rows, "<<<"), strict=True):
        session.out.line(line)
        if finding.hint:
            session.out.line(f"    hint: {plain(finding.hint)}")
