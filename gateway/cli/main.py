"""The tree of commands, and the entry point."""

from __future__ import annotations

from importlib.util import find_spec

import click

from gateway.cli.frame import Commands

_PLACES = {
    "init": ("gateway.cli.init:init", "Make what this gateway lacks: secrets, keys, database."),
    "run": ("gateway.cli.run:run", "Run the gateway: web and worker together."),
    "web": ("gateway.cli.run:web", "Run only the web process."),
    "worker": ("gateway.cli.run:worker", "Run only the worker process."),
    "status": ("gateway.cli.status:status", "Show what waits where, per partner."),
    "push": ("gateway.cli.push:push", "Push files of a national system into the gateway."),
    "pull": ("gateway.cli.pull:pull", "Fetch a partner's mailbox now."),
    "inbox": ("gateway.cli.inbox:inbox", "See and answer what partners sent."),
    "requests": (
        "gateway.cli.requests:requests",
        "See and answer requests for information.",
    ),
    "consents": ("gateway.cli.consents:consents", "Ask for, give and withdraw consents."),
    "outcomes": ("gateway.cli.outcomes:outcomes", "See and give what became of records."),
    "explain": ("gateway.cli.explain:explain", "Tell why a record may go to a partner, or not."),
    "links": (
        "gateway.cli.links:links",
        "See which records speak of one subject, and what that makes of them.",
    ),
    "holds": ("gateway.cli.holds:holds", "See what is held, and say yes or no to it."),
    "proposals": (
        "gateway.cli.proposals:proposals",
        "See and settle what takes two people.",
    ),
    "urgent": (
        "gateway.cli.urgent:urgent",
        "Let a record go at once for the sake of a life, or see what is urgent.",
    ),
    "partners": (
        "gateway.cli.partners:partners",
        "Introduce, confirm, test, pause and revoke partners.",
    ),
    "keys": ("gateway.cli.keys:keys", "See our own keys, make a new one, and what runs out."),
    "doctor": (
        "gateway.cli.doctor:doctor",
        "Find where the way to a partner ends, and who must act.",
    ),
    "people": ("gateway.cli.people:people", "Let people sign in to the console, or no more."),
    "agreements": ("gateway.cli.agreements:agreements", "Apply, preview, list and end agreements."),
    "sources": (
        "gateway.cli.sources:sources",
        "See the sources that the gateway looks at itself.",
    ),
    "adapters": (
        "gateway.cli.adapters_kit:adapters",
        "List adapters, see what one makes of documents, and begin a mapping.",
    ),
    "profiles": (
        "gateway.cli.profiles:profiles",
        "See what a source profile gives to records, and what is held without it.",
    ),
    "deliveries": (
        "gateway.cli.deliveries:deliveries",
        "See what was sealed for partners, and have it sent once more.",
    ),
    "quarantine": (
        "gateway.cli.quarantine:quarantine",
        "Mend and replay what was not understood, or not opened.",
    ),
    "records": ("gateway.cli.records:records", "See records, and act on what was released."),
    "disclosures": (
        "gateway.cli.disclosures:disclosures",
        "See what was given to whom, and by which rules.",
    ),
    "audit": (
        "gateway.cli.audit:audit",
        "Verify the ledger, and find what was given about one person.",
    ),
    "config": ("gateway.cli.config:config", "Check, show and compare the settings."),
    "completion": (
        "gateway.cli.completion:completion",
        "Print what lets a shell complete commands and options.",
    ),
}
_DEMO = (
    "gateway.cli.demo.command:demo",
    "Show the whole exchange between four gateways on this machine.",
)

if find_spec("gateway.cli.demo") is not None:  # a small installation may leave it out
    _PLACES["demo"] = _DEMO


@click.group(
    cls=Commands,
    places=_PLACES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="exchange-gateway", prog_name="gateway")
def root() -> None:
    """Run and administer an exchange gateway.

    Each command reads the settings file named by --config, by $GATEWAY_CONFIG, or ./config.toml.
    Exit codes: 0 done, 1 refused or failed, 2 wrong use.
    """


def main() -> None:
    """Run the command line."""
    root(prog_name="gateway")
