"""Every sentence that a release rule can say, read from its code: places stand as {0}, {1}."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from gateway.core import rules
from gateway.core.rules import RULES

_FOLDER = Path(rules.__file__).parent
_OUTCOMES = ("Hold", "Refuse", "Reduce", "stop")
# Functions and constants whose texts are a reason or a remedy, or stand within one.
_SAYING = ("_whose_consent", "_none_at_all", "_by", "_lacks", "_called")


def sentences() -> set[str]:
    """All of them, and the titles of the rules."""
    found = {rule.title for rule in RULES}
    for path in sorted(_FOLDER.glob("*.py")):
        found |= set(_of_module(ast.parse(path.read_text(encoding="utf-8"))))
    return {text for text in found if " " in text.strip("{}0123456789 ")}


def _of_module(module: ast.Module) -> Iterator[str]:
    constants = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in _OUTCOMES:
            given = [*node.args, *(one.value for one in node.keywords)]
            yield from _texts(given, constants)
        elif isinstance(node, ast.FunctionDef) and node.name in _SAYING:
            returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            yield from _texts([one for one in returned if one is not None], constants)


def _texts(nodes: list[ast.expr], constants: dict[str, ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in constants:
            yield from _texts([constants[node.id]], {})
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield _template(node)
        elif isinstance(node, ast.IfExp):
            yield from _texts([node.body, node.orelse], constants)
        elif isinstance(node, ast.BinOp):
            yield from _texts([node.left, node.right], constants)


def _template(node: ast.JoinedStr) -> str:
    text, place = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            text += f"{{{place}}}"
            place += 1
    return text
