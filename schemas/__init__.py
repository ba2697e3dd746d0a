"""The shared language: every JSON shape that crosses a border. No I/O.

Read `records.md` under `docs/spec/` for the fields; this package is where that page comes from.
"""

from schemas.faults import Change, SchemaFault

__all__ = ["Change", "SchemaFault"]
