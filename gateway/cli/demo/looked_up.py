"""What two people find for a data subject, and what an officer sees in the console."""

from __future__ import annotations

import http.client
import re
import ssl
import time
from html import unescape
from typing import Final
from urllib.parse import urlencode, urlsplit

from gateway.cli.demo.roles import KEEPERS, STAFF
from gateway.cli.demo.stage import Place, Stage, write_private
from gateway.cli.demo.story import AFTER, PROOF, Story, demand
from keys.one_time import STEP_SECONDS, code_of

_OFFICER: Final = STAFF[1]
_SHARES: Final = ("audit-first-holder", "audit-second-holder")
_WHOM: Final = "name: Piet Proef\nborn: 1988-05-20\nhandle: chat.example / proef_88\n"
_PASSWORD: Final = "apricot lantern nineteen gravel"  # noqa: S105 - of a gateway that lives a minute
_REPORT_LINES: Final = 6


def tell_the_subject(stage: Stage, story: Story) -> None:
    """Find everything that was given to others about one person, with both shares of the key."""
    national = stage.national
    with story.step("a data subject asks: what was given to whom about me", AFTER) as step:
        secrets = national.folder / "secrets"
        files = [secrets / f"{holder}.passphrase" for holder in KEEPERS]
        for holder, share, file in zip(KEEPERS, _SHARES, files, strict=True):
            write_private(file, f"a passphrase of {holder} alone\n".encode())
            now, new = str(secrets / f"{share}.passphrase"), str(file)
            national.ask(
                *("audit", "hand-over", "--to", holder, "--passphrase-file", now),
                *("--new-passphrase-file", new),
            )
        whom = national.folder / "whom.txt"
        write_private(whom, _WHOM.encode())
        report = national.ask(
            *("audit", "subject", "--reason", "data_subject_request", "--whom", str(whom)),
            *("--for", "data_subject", "--org", "police.example"),
            *("--first-passphrase-file", str(files[0]), "--second-passphrase-file", str(files[1])),
        )
        given = report["given"]
        told = {one["to"] for one in given}
        demand("to whom", {stage.hub.id, stage.vgt.id} <= told, wanted=True)
        step.notes += [
            f"{KEEPERS[0]} and {KEEPERS[1]} hold a share of the audit key each; both opened it",
            f"{len(given)} disclosures found, to {', '.join(sorted(told))}, told to the person",
        ]
        step.shown += given[0]["sentences"][:_REPORT_LINES]


def look_into_the_console(stage: Stage, story: Story) -> None:
    """Sign an officer in to the console as a browser does, and read what waits there."""
    with story.step("an officer signs in to the console, and sees what waits", PROOF) as step:
        link = stage.national.ask("people", "invite", _OFFICER)["link"]
        browser = Browser(stage.national)
        path = urlsplit(link).path
        secret = _found(r'class="secret">([A-Z2-7]+)<', browser.get(path)).encode()
        now = int(time.time())
        form = {"password": _PASSWORD, "again": _PASSWORD}
        browser.post(path, {**form, "code": code_of(secret, now - STEP_SECONDS)})
        browser.post(
            "/console/sign-in",
            {"person": _OFFICER, "password": _PASSWORD, "code": code_of(secret, now), "next": ""},
        )
        to_do = browser.get("/console/")
        groups = re.findall(r'/console/held/[^"]+">([^<]+)</a><br><small>([^<]+)<', to_do)
        demand("R-05 among what is held", any("R-05" in one for one, _ in groups), wanted=True)
        step.notes.append(
            f"{_OFFICER} opened a link that works once, chose a password, and signed in with it "
            "and the code of an app"
        )
        step.notes.append(f"the page To do shows {len(groups)} groups that are held, with reasons")
        step.shown += [f"{unescape(title)}: {unescape(reason)}" for title, reason in groups]


class Browser:
    """As much of a browser as signing in takes: it keeps cookies and follows what it is sent to."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._context = ssl.create_default_context(
            cafile=str(place.folder / "tls" / "certificate.pem")
        )
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> str:
        """Return a page."""
        return self._call("GET", path, None)

    def post(self, path: str, form: dict[str, str]) -> str:
        """Send a form; return the page it leads to."""
        return self._call("POST", path, urlencode(form))

    def _call(self, method: str, path: str, body: str | None) -> str:
        there = urlsplit(self._place.url)
        line = http.client.HTTPSConnection(str(there.hostname), there.port, context=self._context)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method, path, body, headers)
        answer = line.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        line.close()
        if answer.status == http.client.SEE_OTHER:
            return self.get(str(answer.headers["Location"]))
        demand(f"answer to {method} {path.split('/')[-2]}", answer.status, http.client.OK)
        return text


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    demand(f"{pattern} on the page", bool(found), wanted=True)
    return found[1] if found else ""
