"""Which part may import which: kept by what is there, and noticed when broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "schemas", "adapters", "keys")

PLANTED = {
    "a decision that asks the database": ("gateway/core/policy.py", "import gateway.store.work"),
    "a decision that reads a request": ("gateway/core/policy.py", "import flask"),
    "a journey that speaks SQL": ("gateway/flow/submit.py", "import sqlalchemy"),
    "a journey that opens key files": ("gateway/flow/submit.py", "import keys.files"),
    "a journey that knows a format": ("gateway/flow/submit.py", "import adapters.sources.native"),
    "a view that asks the database": ("gateway/web/app.py", "import gateway.store.work"),
    "a view that holds keys": ("gateway/web/app.py", "import keys.suite"),
    "a job that calls partners itself": ("gateway/jobs.py", "import gateway.transport.partners"),
    "a format that knows the service": ("adapters/base.py", "import gateway.core.ids"),
    "keys that know a record": ("keys/suite.py", "import schemas.record"),
    "a schema that knows a format": ("schemas/fields.py", "import adapters.base"),
    "cryptography outside keys": ("gateway/flow/vault.py", "import cryptography.fernet"),
    "requests outside transport": ("gateway/flow/relay.py", "import requests"),
    "marshmallow in a decision": ("gateway/core/policy.py", "import marshmallow"),
    "a part that no layer knows": ("gateway/helpers.py", "import gateway.core.ids"),
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    cache = folder / "cache"  # what has not changed is not read again
    return subprocess.run(
        [sys.executable, "-c", _LINT, str(cache)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


_LINT = """
import sys
sys.path.insert(0, ".")
from importlinter.cli import lint_imports
sys.exit(lint_imports(cache_dir=sys.argv[1]))
"""


def test_every_import_points_down(copied):
    done = lint(copied)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("file", "line"), PLANTED.values(), ids=PLANTED.keys())
def test_an_import_that_points_up_is_noticed(copied, file, line):
    path = copied / file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        done = lint(copied)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")

    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout or "exhaustive" in done.stdout.lower()
