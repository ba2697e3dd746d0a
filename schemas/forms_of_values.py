"""The table of normal forms: texts, codes, moments, money and numbers of accounts.

Vectors marked with a source in `why` or in `source` are published ones; the others are made.
"""

# over budget: a table
# ruff: noqa: E501 (values as people write them, and one vector a line)

from __future__ import annotations

from typing import Final

from schemas.forms import Form, either, no, to

VALUES: Final = (
    Form(
        rule="text",
        title="words and names",
        summary="NFC, no white space around it, LF as the only line end.",
        words=(
            "The script stays the one it was written in: nothing is transliterated, and case stays.",
            "Tabs and line feeds may stand in it; other control characters are refused, since they change what a reader sees.",
        ),
        source="Unicode Standard Annex 15",
        vectors=(
            to(" Zoe\u0308 ", "Zoë", "composed"),
            to("Müller", "Müller"),
            to("Мария", "Мария", "the original script"),
            to("a\r\nb\rc", "a\nb\nc"),
            no("a\x00b", "control-character", "NUL"),
            no("a\x1b[2Jb", "control-character", "would clear a terminal"),
        ),
    ),
    Form(
        rule="country",
        title="a country",
        summary="ISO 3166-1 alpha-2 in upper case, and XK.",
        words=(
            "Codes that others use for a country (UK, EL) and codes of three letters are refused; the hint names the code where one is meant.",
            "No country is ever inferred from another member.",
        ),
        source="ISO 3166-1; XK as the European Union uses it",
        vectors=(
            to("nl", "NL"),
            to("XK", "XK"),
            no("UK", "not-in-list", "reserved, not assigned: GB is meant"),
            no("EL", "not-in-list", "the European Union's own code: GR is meant"),
            no("NLD", "not-in-list", "alpha-3"),
            either("AN", "not-in-list", "withdrawn in 2010; it became three countries"),
            no("Holland", "not-in-list", "a name"),
        ),
    ),
    Form(
        rule="subdivision",
        title="a part of a country",
        summary="ISO 3166-2 in upper case: the country and the form are checked.",
        words=(
            "Which parts a country has today is not checked, since old documents name former ones.",
        ),
        source="ISO 3166-2",
        vectors=(
            to("ph-ceb", "PH-CEB"),
            to("NL-NH", "NL-NH"),
            no("CEB", "bad-subdivision", "without its country"),
            no("UK-LND", "bad-subdivision", "UK is no country of the list"),
        ),
    ),
    Form(
        rule="currency",
        title="a currency or a crypto asset",
        summary="ISO 4217 in upper case, or an asset of the list beside it.",
        words=(
            "Signs are refused: `$` is the sign of more than twenty currencies, `kr` of five.",
            "Metals, funds and test codes of ISO 4217 are no currencies here.",
        ),
        source="ISO 4217, list one",
        vectors=(
            to("eur", "EUR"),
            to("btc", "BTC", "an asset"),
            either("$", "not-in-list", "the sign of many currencies"),
            no("DEM", "not-in-list", "not used any more: give the amount in EUR"),
            no("XXX", "not-in-list", "no currency"),
        ),
    ),
    Form(
        rule="amount",
        title="an amount of money",
        summary="A decimal text with exactly the decimals of its currency.",
        words=(
            "Never a float, never an exponent, no thousands mark.",
            "More decimals than the currency has are refused unless they are zero: nothing is rounded.",
            "USDT and USDC have 6 decimals as on Ethereum and Tron; their contracts on the BNB Smart Chain have 18. An amount has 6, and up to 18 as needed where an account at either end of the transaction is on that network; elsewhere more than 6 are refused, never rounded.",
        ),
        source="ISO 4217 for the decimals; the protocols of the assets",
        vectors=(
            to("40.5", "40.50", currency="EUR"),
            to("0040.5", "40.50", currency="EUR"),
            to("40.500", "40.50", "zeros say nothing", currency="EUR"),
            to("6500.00", "6500", "no decimals", currency="JPY"),
            to("1.234", "1.234", "three decimals", currency="KWD"),
            to("-0.10", "-0.10", currency="EUR"),
            to("0.00000001", "0.00000001", "one satoshi", currency="BTC"),
            to("1.5", "1.500000000000", "twelve decimals", currency="XMR"),
            to(
                "1.5", "1.500000", "as on every network", currency="USDT", network="bnb_smart_chain"
            ),
            to(
                "0.123456789012345670",
                "0.12345678901234567",
                "as many as it needs, eighteen at most",
                currency="USDT",
                network="bnb_smart_chain",
            ),
            no("0.1234567", "minor-units", "six decimals", currency="USDT", network="tron"),
            no("0.0000001", "minor-units", "less than one drop", currency="XRP"),
            no("65.5", "minor-units", "the yen has no decimals", currency="JPY"),
            no("40.005", "minor-units", "would have to be rounded", currency="EUR"),
            either(
                "1,234", "ambiguous-amount", "one and a bit, or a thousand and more", currency="EUR"
            ),
            either("1 234", "ambiguous-amount", "one number or two", currency="EUR"),
            either("1'234.50", "ambiguous-amount", "a thousands mark", currency="CHF"),
            no("1e3", "bad-amount", "an exponent", currency="EUR"),
            either(".5", "bad-amount", "a digit may be missing", currency="EUR"),
            no("NaN", "bad-amount", "no number", currency="EUR"),
        ),
    ),
    Form(
        rule="bcp47",
        title="a language",
        summary="BCP 47 in its usual case; codes of three letters become those of two where they exist.",
        words=(
            "Former codes become their successors (`iw` is `he`).",
            "A region is checked against ISO 3166-1, a script by its form only.",
        ),
        source="RFC 5646 and the IANA registry; ISO 639-2 and ISO 639-3 for the codes of three letters",
        vectors=(
            to("nl", "nl"),
            to("zh-hant-tw", "zh-Hant-TW"),
            to("PT_br", "pt-BR", "an underscore, as locales have it"),
            to("dut", "nl", "bibliographic code of ISO 639-2"),
            to("nld", "nl", "terminological code"),
            to("ceb", "ceb", "has no code of two letters"),
            to("iw", "he", "replaced in the registry"),
            to("es-419", "es-419", "a region of the United Nations"),
            no("en-UK", "not-in-list", "GB is meant"),
            no("Dutch", "bad-language", "a name"),
            no("x", "bad-language", "too short"),
        ),
    ),
    Form(
        rule="utc",
        title="a time",
        summary="RFC 3339 in UTC with Z. Without an offset it is refused.",
        words=(
            "Fractions are kept to the microsecond; zeros at their end are dropped.",
            "The clock on the spot, where it matters, has a member of its own (`local-time`).",
            "Midnight is 00:00, never 24:00; a leap second is refused, since few clocks can hold it.",
        ),
        source="RFC 3339",
        vectors=(
            to("2026-01-15T10:30:00+01:00", "2026-01-15T09:30:00Z"),
            to("2026-01-03t01:12:00.5000z", "2026-01-03T01:12:00.5Z"),
            to("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z", "another day and year"),
            to("2026-01-15 09:30:00Z", "2026-01-15T09:30:00Z", "a blank instead of T"),
            either("2026-01-15T09:30:00", "ambiguous-time", "could be any zone"),
            either("03/04/2026 10:00", "ambiguous-date", "3 April or 4 March"),
            no("2026-02-30T00:00:00Z", "bad-time", "no such day"),
            either("2026-01-01T24:00:00Z", "bad-time", "the day it belongs to is read in two ways"),
            no("2016-12-31T23:59:60Z", "bad-time", "a leap second"),
            no("2026-01-01T00:00:00+15:00", "bad-time", "no place has this offset"),
            either("1768469400", "bad-date", "a count of seconds, or of something else"),
        ),
    ),
    Form(
        rule="local-time",
        title="a time on the spot",
        summary="RFC 3339 as the clock stood there, with the offset if known.",
        words=("It stands beside a time in UTC and is never compared.",),
        source="RFC 3339",
        vectors=(
            to("2026-01-15 10:30:00+01:00", "2026-01-15T10:30:00+01:00"),
            to("2026-01-03T02:12:00-03:30", "2026-01-03T02:12:00-03:30"),
            to("2026-01-03T02:12:00", "2026-01-03T02:12:00", "offset not known"),
            either("03/04/2026 10:00:00", "ambiguous-date", "3 April or 4 March"),
        ),
    ),
    Form(
        rule="date",
        title="a date, with the precision known",
        summary="ISO 8601: a year, a year and month, or a day.",
        words=(
            "What is not known is left out, never filled with 1 January.",
            "A day with slashes, dots or hyphens in another order is refused, also where the day is above 12: others of the same source would be misread.",
            "Midnight behind a day is dropped, since many systems write dates so.",
        ),
        source="ISO 8601-1",
        vectors=(
            to("1971", "1971", "to the year"),
            to("1971-05", "1971-05", "to the month"),
            to("19710520", "1971-05-20"),
            to("1971-05-20T00:00:00", "1971-05-20"),
            either("03/04/2026", "ambiguous-date", "3 April or 4 March"),
            either("3-4-26", "ambiguous-date", "three ways, and any century"),
            either("31/12/2026", "bad-date", "one way only, but others of this source have two"),
            either("197105", "bad-date", "May 1971, or a day of 2019 in two digits"),
            no("2026-02-30", "bad-date", "no such day"),
            no("1753-01-01", "bad-date", "before 1800: what systems write for unknown"),
            no("٢٠٢٦", "bad-date", "digits of another script"),
        ),
    ),
    Form(
        rule="iban",
        title="an IBAN",
        summary="Upper case without spaces; length per country and mod 97 checked.",
        words=(
            "Check digits 00, 01 and 99 are refused: they would pass beside 97, 98 and 02.",
            "An account number that is no IBAN belongs into `account_no`.",
            "The account check of single countries within an IBAN is not applied: banks have issued numbers that fail it.",
        ),
        source="ISO 13616; the IBAN registry as python-stdnum holds it",
        tagged=True,
        vectors=(
            to("nl91 abna 0417 1643 00", "NL91ABNA0417164300", "the registry's example"),
            to("DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "the registry's example"),
            to("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819", "the registry's example"),
            to("BE68-5390-0754-7034", "BE68539007547034", "the registry's example"),
            no("NL91ABNA0417164301", "bad-iban", "the check digits do not hold"),
            no("NL91ABNA041716430", "bad-iban", "too short for its country"),
            no("XX00", "bad-iban", "no such country"),
            no("0417164300", "bad-iban", "an account number without its country"),
        ),
    ),
    Form(
        rule="bic",
        title="a BIC",
        summary="ISO 9362 in upper case; its country is one of ISO 3166-1.",
        words=(
            "8 characters name the institution, 11 a branch.",
            "The branch XXX is the primary office, which 8 characters name already, so it is dropped.",
            "Whether a BIC is in use is not checked: the directory is not public.",
        ),
        source="ISO 9362",
        tagged=True,
        vectors=(
            to("abna nl 2a", "ABNANL2A"),
            to("DEUTDEFFXXX", "DEUTDEFF", "the primary office"),
            to("DEUTDEFF500", "DEUTDEFF500", "a branch"),
            no("ABN", "bad-bic", "too short"),
            no("ABNAZZ2A", "bad-bic", "no such country"),
            no("ABNANL2A1", "bad-bic", "9 characters"),
        ),
    ),
    Form(
        rule="lei",
        title="a legal entity identifier",
        summary="ISO 17442: 20 characters in upper case, mod 97-10 checked.",
        words=(
            "Check digits 00, 01 and 99 are refused, as with an IBAN.",
            "A number of a national register belongs into `registration_no`.",
        ),
        source="ISO 17442-1; ISO/IEC 7064 for the check",
        tagged=True,
        vectors=(
            to("213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15", "python-stdnum's example"),
            to("2138 00ku d8la jwsq 9d15", "213800KUD8LAJWSQ9D15"),
            to("54930084UKLVMY22DS16", "54930084UKLVMY22DS16", "a published one"),
            no("213800KUD8LAJWXQ9D15", "bad-lei", "one character is another"),
            no("213800KUD8LAJWSQ9D", "bad-lei", "without its check digits"),
        ),
    ),
    Form(
        rule="card-mask",
        title="a payment card",
        summary="First 6 and last 4 digits, never more.",
        words=(
            "A whole number is checked (Luhn) and cut before anything is stored; what is compared is the mask alone, so two cards can share it.",
            "First 8 digits with the last 4 are cut to 6.",
        ),
        source="PCI DSS 3.4 for what may be shown; ISO/IEC 7812-1 for the check",
        vectors=(
            to("4111 1111 1111 1111", "411111******1111", "a test number of the schemes"),
            to("411111xxxxxx1111", "411111******1111"),
            to("41111111****1111", "411111******1111"),
            no("4111 1111 1111 1112", "bad-card", "the check digit does not hold"),
            no("************1111", "bad-card", "the first 6 digits are missing"),
        ),
    ),
    Form(
        rule="digest",
        title="a digest",
        summary="32 bytes as base64url without padding. No record holds the digest of a file.",
        words=(
            "Perceptual hashes (PhotoDNA, PDQ, pHash and their kin) stand for a picture and are refused by name and by length.",
            "A PDQ hash has 32 bytes like a SHA-256: 64 hexadecimal digits are refused, since nobody could tell which they are.",
        ),
        source="RFC 4648, section 5",
        vectors=(
            to(
                "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
                "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
                "SHA-256 of nothing",
            ),
            either(
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "perceptual-hash",
                "64 hexadecimal digits: SHA-256 or PDQ",
            ),
            no(
                "pdq:f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22",
                "perceptual-hash",
                "by its name",
            ),
            either("8f373714acfcf4d0", "perceptual-hash", "8 bytes, as pHash has"),
            no("47DEQpj8HBSa", "bad-digest", "too short"),
        ),
    ),
)
