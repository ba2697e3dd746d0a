"""The table of normal forms: lines, mailboxes, hosts, pages and addresses on the network."""

# over budget: a table
# ruff: noqa: E501 (one vector a line)

from __future__ import annotations

from typing import Final

from schemas.forms import Form, either, no, to

NETWORK: Final = (
    Form(
        rule="e164",
        title="a phone number",
        summary="E.164. A national number is read as one of the submitter's country.",
        words=(
            "Length is checked against the numbering plan of the country; whether the line exists is not.",
            "`00` at the start is read as `+`.",
            "Letters are read as the digits of their keys.",
            "An extension is refused: E.164 has no place for it, and without it the number is another line.",
        ),
        source="ITU-T E.164; numbering plans as libphonenumber holds them",
        tagged=True,
        vectors=(
            to("+31 (0)20 555 0123", "+31205550123", "the trunk digit is dropped"),
            to("0031 20 555 0123", "+31205550123"),
            to("020 555 0123", "+31205550123", "with the submitter's country", country="NL"),
            to("+39 06 5550 1234", "+390655501234", "Italy keeps the zero"),
            to("+63 917 555 0123", "+639175550123"),
            either("020 555 0123", "ambiguous-phone", "a number of any country"),
            no("+31 1", "bad-phone", "too short"),
            no("+999 12345678", "bad-phone", "no such country"),
            no("+31 20 555 0123 ext. 9", "bad-phone", "an extension"),
        ),
    ),
    Form(
        rule="email",
        title="an e-mail address",
        summary="The domain as a host name; the local part is kept.",
        words=(
            "Only the receiving host knows whether case, dots or a part after `+` matter in the local part, so none is changed.",
            "Comparing goes without case, as every large provider does.",
            "Quoted local parts, comments and addresses in brackets are refused.",
        ),
        source="RFC 5321, RFC 6531; the domain by the rule `host`",
        tagged=True,
        vectors=(
            to("Jan.V@BÜCHER.example", "Jan.V@xn--bcher-kva.example"),
            to("jan.v+x@Example.ORG", "jan.v+x@example.org", "the part after + is kept"),
            to("jan[at]example.org".replace("[at]", "@"), "jan@example.org"),
            to("jan@example[.]org", "jan@example.org", "defanged"),
            no("nobody", "bad-email", "no domain"),
            no("a b@example.org", "bad-email", "a blank"),
            no('"a b"@example.org', "bad-email", "quoted"),
            either("a@b@example.org", "bad-email", "which of the two begins the domain?"),
            no("jan@localhost", "bad-email", "no domain of the public network"),
            no("jan@localhost.", "bad-email", "the same with a dot at its end"),
            no("jan@[192.0.2.1]", "bad-host", "an address instead of a domain"),
        ),
    ),
    Form(
        rule="host",
        title="a host name",
        summary="IDNA (UTS 46), lower case, A-labels, no dot at the end.",
        words=(
            "Underscores stay, since names of services have them.",
            "`[.]` is understood. An address is refused here: it has a member of its own.",
        ),
        source="UTS 46 (not transitional), RFC 5891, RFC 1035",
        tagged=True,
        vectors=(
            to("WWW.Bücher.example.", "www.xn--bcher-kva.example"),
            to(
                "straße.example", "xn--strae-oqa.example", "not transitional: ß stays apart from ss"
            ),
            to("under_score.example.org", "under_score.example.org"),
            to("example[.]org", "example.org", "defanged"),
            no("exa mple.org", "bad-host", "a blank"),
            no("192.0.2.1", "bad-host", "an address"),
            no("example..org", "bad-host", "an empty label"),
        ),
    ),
    Form(
        rule="registrable-domain",
        title="a registrable domain",
        summary="The part of a host name that somebody registered: the public suffix and one label.",
        words=(
            "The public suffix list of the release counts, its private part, too: `x.github.io` is somebody's own.",
            "A bare suffix has none.",
        ),
        source="the public suffix list",
        vectors=(
            to("a.b.example.co.uk", "example.co.uk"),
            to("www.Example.org", "example.org"),
            to("x.github.io", "x.github.io", "the private part of the list"),
            to("co.uk", "", "a bare suffix"),
        ),
    ),
    Form(
        rule="url",
        title="the address of a page",
        summary="As the WHATWG URL standard serialises it; hxxp and [.] are understood.",
        words=(
            "Default ports go, dots in the path are resolved, the host is in A-labels; query and fragment stay as they are.",
            "Only http, https and ftp. The gateway never requests it.",
        ),
        source="the WHATWG URL standard, as ada implements it",
        tagged=True,
        vectors=(
            to("hxxps://Example[.]COM:443/a/../b", "https://example.com/b"),
            to("https://bücher.example/ä?x=1#y", "https://xn--bcher-kva.example/%C3%A4?x=1#y"),
            to("http://0x7f.1/", "http://127.0.0.1/", "an address as browsers read it"),
            to("http://example.com", "http://example.com/"),
            either("example.com/a", "bad-url", "http or https?"),
            no("javascript:alert(1)", "bad-url", "no page"),
            no("data:text/plain,x", "bad-url", "carries its content"),
            either("/relative", "bad-url", "of which host?"),
        ),
    ),
    Form(
        rule="ip",
        title="an IP address",
        summary="Canonical text; IPv4 mapped into IPv6 becomes IPv4.",
        words=(
            "IPv6 as RFC 5952 writes it: lower case, the longest run of zeros once as `::`.",
            "6to4, Teredo and NAT64 addresses stay what they are: the IPv4 address within is another party's.",
            "A number with leading zeros is refused: some systems read it as octal.",
            "A zone (`%eth0`) means nothing elsewhere.",
            "Shared address space (100.64.0.0/10) and private ranges are kept; they name no subscriber by themselves.",
        ),
        source="RFC 5952, RFC 4291 (2.5.5.2), RFC 6943 (3.1)",
        tagged=True,
        vectors=(
            to("::FFFF:192.0.2.1", "192.0.2.1", "mapped"),
            to("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            to("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "one zero alone is no run"),
            to("2002:c000:201::1", "2002:c000:201::1", "6to4 is left alone"),
            to("64:ff9b::c000:201", "64:ff9b::c000:201", "NAT64 is left alone"),
            to("192[.]0[.]2[.]1", "192.0.2.1", "defanged"),
            to("100.64.0.1", "100.64.0.1", "shared address space"),
            either("192.000.002.001", "bad-ip", "decimal or octal"),
            no("192.0.2.1:51820", "bad-ip", "the port has a member of its own"),
            no("fe80::1%eth0", "bad-ip", "a zone"),
            no("3221225985", "bad-ip", "a number"),
            no("192.0.2.0/24", "bad-ip", "a range is no address"),
        ),
    ),
    Form(
        rule="port",
        title="a port",
        summary="1 to 65535; beside an address behind carrier-grade NAT it tells subscribers apart.",
        words=(
            "Such a provider can name one subscriber only by address, source port and time to the second, so `network[]` always has a `time`.",
            "`cgn` without `port` is taken, since the observation may still narrow a search; it names a group.",
            "Port 0 is refused: systems write it for unknown, and no connection has it.",
        ),
        source="RFC 6335; RFC 6302 for what to log",
        vectors=(
            to("51820", "51820"),
            to("00443", "443"),
            no("0", "out-of-range", "written for unknown"),
            no("65536", "out-of-range", "too great"),
            no("https", "out-of-range", "a name of a service"),
        ),
    ),
    Form(
        rule="asn",
        title="an autonomous system number",
        summary="The number alone, 1 to 4294967295.",
        words=("Dotted notation is refused: 1.10 is 65546 there, and 1.1 elsewhere.",),
        source="RFC 6793; RFC 5396 (asplain)",
        tagged=True,
        vectors=(
            to("AS64500", "64500"),
            to("as 64500".replace(" ", ""), "64500"),
            to("4294967295", "4294967295"),
            no("0", "bad-asn", "reserved"),
            no("4294967296", "bad-asn", "too great"),
            either("AS1.10", "bad-asn", "dotted notation, or a fraction"),
        ),
    ),
)
