"""What people do in a working day: each act goes through here, and is counted.

Machines push, decide, seal, send and follow notices without anybody; what is left is what a day
costs people. Looking counts as well: a list that somebody must read is an act.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


@dataclass
class Acts:
    """The acts of one day, in order: who did what."""

    done: list[str] = field(default_factory=list)

    def by(
        self,
        who: str,
        what: str,
        act: Callable[Asked, Answer],
        *given: Asked.args,
        **named: Asked.kwargs,
    ) -> Answer:
        """Let `who` do it and return what came of it; counted even when it is refused."""
        self.done.append(f"{who} {what}")
        return act(*given, **named)

    def told(self) -> int:
        """Print the list; return how many acts it was."""
        lines = [f"{number}. {line}\n" for number, line in enumerate(self.done, start=1)]
        sys.stdout.writelines(lines)
        return len(self.done)
