"""A statement of an account in camt.053, as banks write it, of any length."""

from __future__ import annotations

from typing import Final

HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>\
<GrpHdr><MsgId>STATEMENT-1</MsgId><CreDtTm>2026-02-01T06:00:00+01:00</CreDtTm></GrpHdr>
<Stmt><Id>S-1</Id><Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id><Ccy>EUR</Ccy>\
<Ownr><Nm>Test Holder</Nm></Ownr>\
<Svcr><FinInstnId><BICFI>ABNANL2A</BICFI></FinInstnId></Svcr></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt>\
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-01</Dt></Dt></Bal>
"""
TAIL: Final = "</Stmt></BkToCstmrStmt></Document>\n"
ABROAD: Final = 25  # one entry in so many goes to another country


def entry(number: int) -> str:
    """Return one entry of a statement, as banks write them."""
    amount, day = f"{20 + number % 60}.{number % 100:02}", f"2026-01-{1 + number % 28:02}"
    bank = "TESTPHMM" if number % ABROAD == 0 else "TESTNL2A"
    return (
        f'<Ntry><NtryRef>{number}</NtryRef><Amt Ccy="EUR">{amount}</Amt>'
        f"<CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>BK2026{number:09}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly>"
        "<Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>E2E-{number:09}</EndToEndId>"
        f"<UETR>00000000-0000-4000-8000-{number:012}</UETR></Refs>"
        f'<Amt Ccy="EUR">{amount}</Amt><RltdPties><Cdtr><Pty><Nm>Test Payee {number % 997}</Nm>'
        "<PstlAdr><TwnNm>Testdorp</TwnNm></PstlAdr></Pty></Cdtr>"
        f"<CdtrAcct><Id><Othr><Id>00{number % 997:08}</Id></Othr></Id></CdtrAcct></RltdPties>"
        f"<RltdAgts><CdtrAgt><FinInstnId><BICFI>{bank}</BICFI></FinInstnId></CdtrAgt></RltdAgts>"
        f"<RmtInf><Ustrd>order {number}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )


def statement(count: int) -> bytes:
    """Return a statement of that many entries."""
    return (HEAD + "".join(map(entry, range(count))) + TAIL).encode()
