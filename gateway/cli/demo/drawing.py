"""The flow of one run as SVG, twice: wide for a desk, tall for a telephone.

Draws with classes only; colours are the page's, so that light and dark are one picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from gateway.cli.demo.story import Story

_LINE: Final = 19
_HEAD: Final = 28
_PAD: Final = 14


@dataclass
class Drawing:
    """An SVG that grows by boxes and arrows."""

    width: int
    height: int
    kind: str
    parts: list[str] = field(default_factory=list)

    def box(
        self, x: int, y: int, w: int, title: str, lines: Sequence[str], kind: str = ""
    ) -> tuple[int, int]:
        """Draw a box as high as its lines; return its top and bottom."""
        h = _HEAD + _LINE * len(lines) + _PAD
        self.parts.append(
            f'<rect class="box {kind}" x="{x}" y="{y}" width="{w}" height="{h}" rx="10"/>'
        )
        self.text(x + _PAD, y + 24, title, "title")
        for number, line in enumerate(lines):
            self.text(x + _PAD, y + 24 + _LINE * (number + 1) + 2, line)
        return y, y + h

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Write one line; what stands before two spaces stands out."""
        lead, sign, rest = words.partition("  ")
        shown = (
            f'<tspan class="number">{escape(lead)}</tspan> {escape(rest)}'
            if sign
            else escape(words)
        )
        self.parts.append(
            f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{shown}</text>'
        )

    def arrow(self, points: Sequence[tuple[float, float]], kind: str = "") -> None:
        """Draw a line through `points`, with a head at its end."""
        path = " ".join(
            f"{'M' if number == 0 else 'L'}{x:.0f} {y:.0f}" for number, (x, y) in enumerate(points)
        )
        marker = "stop" if kind == "stopped" else "go"
        self.parts.append(
            f'<path class="arrow {kind}" d="{path}" marker-end="url(#{marker}-{self.kind})"/>'
        )

    def svg(self, title: str) -> str:
        """Return the element."""
        heads = "".join(
            f'<marker id="{name}-{self.kind}" viewBox="0 0 10 10" refX="9" refY="5" '
            f'markerWidth="7" markerHeight="7" orient="auto-start-reverse">{shape}</marker>'
            for name, shape in (
                ("go", '<path class="head" d="M0 0 L10 5 L0 10 z"/>'),
                ("stop", '<path class="cross" d="M1 1 L9 9 M9 1 L1 9"/>'),
            )
        )
        return (
            f'<svg class="flow {self.kind}" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-label="{escape(title)}"><defs>{heads}</defs>{"".join(self.parts)}</svg>'
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """The words of the picture, the same in both shapes."""

    systems: tuple[tuple[str, tuple[str, ...]], ...]
    national: tuple[str, ...]
    stays: tuple[str, ...]
    hub: tuple[str, ...]
    member: tuple[str, ...]
    vgt: tuple[str, ...]
    pushed: str
    pulled: str
    void: str
    carried: str = "carried, unopened"
    told: str = "receipts and verdicts"


def figures(story: Story) -> Figures:
    """Count what happened."""
    counts, formats = story.counts, story.formats

    def of(partner: str, *states: str) -> int:
        return sum(counts.get(f"{partner} {state}", 0) for state in states)

    native = formats["native NDJSON"] + formats["native JSON"]
    hub, vgt, member = "hub.example", "vgt.example", "member.example"
    return Figures(
        systems=(
            (
                "FIU",
                (
                    f"{formats['goAML XML']}  goAML",
                    f"{formats['declared JSON']}  JSON, mapped",
                    f"{formats['ISO 20022']}  ISO 20022, from a folder",
                ),
            ),
            ("Police", (f"{formats['declared CSV']}  CSV, mapped", f"{native}  native JSON")),
            (
                "Hotline",
                (f"{formats['CyberTipline XML']}  CyberTipline", f"{formats['XARF JSON']}  XARF"),
            ),
        ),
        national=(
            f"{sum(formats.values())}  records of one schema",
            "each decided on for",
            "each partner, then",
            "signed and sealed",
        ),
        stays=(
            f"{len(story.refused)}  with imagery, not kept",
            "1  quarantined, mended, replayed",
            f"{of(hub, 'held')}  held: {_rules(story, 'held')}",
            f"{of(hub, 'refused') + of(vgt, 'refused')}  refused: {_rules(story, 'refused')}",
        ),
        hub=(
            f"{of(hub, 'accepted')}  accepted",
            f"{of(hub, 'rejected')}  rejected, with a reason",
            f"{of(member, 'accepted')}  carried on, unopened",
        ),
        member=(f"{of(member, 'accepted')}  accepted, as STIX 2.1",),
        vgt=(f"{of(vgt, 'accepted')}  accepted", f"{story.called_back}  called back"),
        pushed=f"{of(hub, 'accepted', 'rejected')}  pushed",
        pulled=f"{of(vgt, 'accepted') + story.called_back}  pulled",
        void=f"{of(vgt, 'voided')}  voided, never left",
    )


def _rules(story: Story, state: str) -> str:
    """Return the rules by which records are in this state at a partner."""
    told = [one.partition(" ") for row in story.rows for one in (row.hub, row.vgt)]
    return ", ".join(sorted({rule for word, _, rule in told if word == state}))


def wide(story: Story) -> str:
    """Return the picture for wide screens."""
    found, draw = figures(story), Drawing(1080, 402, "wide")
    for number, (name, lines) in enumerate(found.systems):
        top, bottom = draw.box(4, 8 + number * 122, 236, name, lines)
        middle, entry = (top + bottom) / 2, 138 + number * 26
        draw.arrow([(240, middle), (290, middle), (290, entry), (336, entry)])
    draw.box(340, 105, 236, "National gateway", found.national, "main")
    draw.arrow([(458, 223), (458, 262)], "stopped")
    draw.box(340, 274, 256, "Stays here", found.stays, "stays")
    draw.box(846, 8, 230, "EMPACT partner", found.hub, "main")
    draw.arrow([(576, 130), (640, 130), (640, 34), (842, 34)])
    draw.text(743, 24, found.pushed, "label", "middle")
    draw.arrow([(846, 66), (664, 66), (664, 150), (580, 150)], "back")
    draw.text(757, 86, found.told, "label", "middle")
    draw.arrow([(961, 107), (961, 162)])
    draw.text(949, 139, found.carried, "label", "end")
    draw.box(846, 166, 230, "Another member state", found.member, "main")
    draw.arrow([(576, 172), (690, 172)], "stopped")
    draw.text(704, 177, found.void, "label")
    draw.box(846, 296, 230, "VGT partner", found.vgt, "main")
    draw.arrow([(576, 192), (664, 192), (664, 314), (842, 314)])
    draw.text(757, 304, found.pulled, "label", "middle")
    draw.arrow([(846, 342), (626, 342), (626, 212), (580, 212)], "back")
    draw.text(743, 362, found.told, "label", "middle")
    return draw.svg("The flow between the four gateways")


def tall(story: Story) -> str:
    """Return the picture for narrow screens."""
    found, draw = figures(story), Drawing(326, 904, "tall")
    systems = [
        f"{name}  {', '.join(line.replace('  ', ' ').partition(', ')[0] for line in lines)}"
        for name, lines in found.systems
    ]
    draw.box(50, 6, 270, "National systems", systems)
    draw.arrow([(185, 105), (185, 140)])
    draw.box(50, 144, 270, "National gateway", found.national, "main")
    draw.arrow([(90, 262), (90, 304)], "stopped")
    draw.box(50, 316, 270, "Stays here", found.stays, "stays")
    draw.text(60, 476, found.pushed, "label")
    draw.box(50, 490, 270, "EMPACT partner", found.hub, "main")
    draw.arrow([(50, 200), (20, 200), (20, 530), (46, 530)])
    draw.text(60, 611, f"↩ {found.told}", "label")
    draw.arrow([(290, 589), (290, 641)])
    draw.text(280, 634, found.carried, "label", "end")
    draw.box(50, 645, 270, "Another member state", found.member, "main")
    draw.text(60, 732, found.pulled, "label")
    draw.box(50, 746, 270, "VGT partner", found.vgt, "main")
    draw.arrow([(20, 530), (20, 776), (46, 776)])
    draw.text(60, 848, f"↩ {found.told}", "label")
    draw.arrow([(20, 776), (20, 884), (56, 884)], "stopped")
    draw.text(72, 889, found.void, "label")
    return draw.svg("The flow between the four gateways")
