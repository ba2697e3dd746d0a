"""Mappings to depth: lists of any length, tables, levels, XML by types, groups of rows, faults."""

from __future__ import annotations

import tomllib

import pytest

from adapters.base import Caps, SourceUnmapped, SourceUnreadable
from adapters.sources import declared
from adapters.sources.converters import CONVERTERS, NotConverted
from adapters.sources.mapping_tables import digest_of
from gateway.cli import converter_reference
from gateway.core.toml_lines import line_of
from gateway.item_files import ItemsUnreadable, read_items
from tests.sources.test_declared_mappings import DATA

CAPS = Caps()
PAGE = DATA.parents[3] / "docs" / "reference" / "converters.md"
REFUSED = [(name, *one) for name, converter in CONVERTERS.items() for one in converter.refused]


def adapter(text, **tables):
    mapping = tomllib.loads(text)
    for name, content in tables.items():
        mapping["tables"][name] |= {"text": content, "digest": digest_of(content)}
    return declared.compile(mapping, name="mapping:test")


def drafts(text, document, **tables):
    raw = document if isinstance(document, bytes) else document.encode()
    return list(adapter(text, **tables).read(raw, CAPS))


def faults_of(text):
    with pytest.raises(declared.MappingInvalid) as refused:
        declared.compile(tomllib.loads(text))
    return {fault.pointer: fault.code for fault in refused.value.faults}


def steps(draft):
    return {step.target: (step.source, step.rule) for step in draft.trail}


@pytest.mark.parametrize(("name", "text", "argument"), REFUSED)
def test_a_value_that_a_converter_refuses_on_its_page_is_refused(name, text, argument):
    with pytest.raises(NotConverted):
        CONVERTERS[name].apply(text, argument)


def test_the_page_of_converters_is_current():
    assert PAGE.read_text(encoding="utf-8") == converter_reference.page(), (
        "python -m gateway.cli.converter_reference > docs/reference/converters.md"
    )


LISTS = """
format = "json"
type = "financial_signal"
records = "reports"
[each]
"/accounts/*from" = "payments"
"/accounts/*to" = "payments"
"/transactions/*" = "payments"
"/persons/*" = "people"
"/persons/*/names/*" = "called"
[fields]
"/provider_ref" = { path = "ref", required = true }
"/as_of" = { path = "made", of = "document" }
"/accounts/*from/iban" = { path = "from" }
"/accounts/*from/kind" = { const = "bank" }
"/accounts/*to/iban" = { path = "to" }
"/transactions/*/amount" = { path = "sum", convert = ["decimal_point"] }
"/transactions/*/sender" = { const = "/accounts/*from" }
"/transactions/*/receiver" = { const = "/accounts/*to" }
"/transactions/*/purpose_text" = { path = "ref", of = "record" }
"/persons/*/names/*/full" = { path = "@" }
"/persons/*/sex" = { path = "sex" }
"/persons/0/category" = { const = "suspect" }
"/persons/0/dob" = { path = "born" }
"""
REPORTS = """{"made": "2026-02-04", "by": "clerk", "reports": [
 {"ref": "R1", "born": "1970-01-01",
  "people": [{"called": ["Ann", "Anna"], "sex": "female"}, {"called": [], "sex": ""},
             {"called": ["Bob"]}],
  "payments": [{"from": "A", "to": "B", "sum": 40.10}, {"from": "A", "sum": 2, "note": "n"}]},
 {"ref": "R2"}]}"""


def test_lists_of_any_length_make_parts_that_point_to_each_other():
    first, second = drafts(LISTS, REPORTS)

    assert first.body["accounts"] == [
        {"iban": "A", "kind": "bank"},
        {"iban": "A", "kind": "bank"},
        {"iban": "B"},
    ]
    assert first.body["transactions"] == [
        {
            "amount": "40.10",  # as it was written: no number in between
            "purpose_text": "R1",
            "receiver": "/accounts/2",
            "sender": "/accounts/0",
        },
        {"amount": "2", "purpose_text": "R1", "sender": "/accounts/1"},
    ]
    assert first.body["persons"] == [
        {"category": "suspect", "dob": "1970-01-01"},
        {"names": [{"full": "Ann"}, {"full": "Anna"}], "sex": "female"},
        {"names": [{"full": "Bob"}]},
    ]
    assert steps(first)["/persons/1/names/1/full"] == ("/reports/0/people/0/called/1", "as-is")
    assert second.body == {"type": "financial_signal", "as_of": "2026-02-04", "provider_ref": "R2"}


def test_what_no_record_took_is_told_once():
    first, second = drafts(LISTS, REPORTS)

    assert [loss.source for loss in first.losses] == ["/reports/0/payments/1/note", "/by"]
    assert second.losses == ()


def test_every_trail_begins_with_the_mapping_and_its_version():
    reader = adapter(LISTS)
    draft = next(reader.read(REPORTS.encode(), CAPS))

    assert draft.trail[0].source == f"mapping:test@{reader.version}"
    assert draft.trail[0].rule == declared.READ_BY
    assert len(reader.version) == 16


def test_the_version_is_that_of_what_the_mapping_does():
    table = LISTS + '[tables.t]\nfile = "t.csv"\nkey = "a"\nvalue = "b"\n'
    versions = {
        adapter(LISTS).version,
        adapter('title = "other words"\n' + LISTS).version,
        adapter(LISTS.replace('"decimal_point"', '"decimal_comma"')).version,
        adapter(table, t="a,b\nx,y\n").version,
        adapter(table, t="a,b\nx,z\n").version,
    }
    assert len(versions) == 4


TABLE = """
format = "csv"
type = "case"
[csv]
delimiter = ";"
skip_lines = 1
encoding = "windows-1250"
[tables.countries]
file = "countries.csv"
key = "code"
value = "iso"
[fields]
"/jurisdictions/suspect" = { path = "Land", convert = ["split:,"], lookup = "countries" }
"/status" = { path = "Stav", lookup = { o = "open" }, default = "open" }
"/unit" = { path = "Jednotka", on_error = "refuse", convert = ["shape:A99"] }
"""
COUNTRIES = "code,iso\nHolandsko,NL\nČesko,CZ\n"


def test_a_table_beside_the_mapping_translates_and_a_preamble_is_skipped():
    text = "Export 2026\nLand;Stav;Jednotka\nHolandsko,Česko;;A17\n"
    (draft,) = drafts(TABLE, text.encode("cp1250"), countries=COUNTRIES)

    assert draft.body["jurisdictions"] == {"suspect": ["NL", "CZ"]}
    assert draft.body["status"] == "open"
    assert steps(draft)["/status"] == ("", "default")
    assert steps(draft)["/jurisdictions/suspect"] == ("/3/Land", "split:,+lookup:countries")


def test_what_a_mapping_refuses_leaves_nothing_behind():
    held, refused = drafts(TABLE, "x\nLand;Stav;Jednotka\nX;q;\n;o;17\n", countries=COUNTRIES)

    assert [fault.code for fault in held.faults] == ["not-converted", "not-converted"]
    assert not held.unreadable
    assert (refused.unreadable, refused.body) == (True, {})
    assert [fault.pointer for fault in refused.faults] == ["/4/Jednotka"]


GROUPED = """
format = "csv"
type = "financial_signal"
[csv]
group_by = "Report"
[each]
"/transactions/*" = "rows"
[fields]
"/provider_ref" = { path = "rows[0].Report", required = true }
"/transactions/*/amount" = { path = "Amount" }
"/summaries/0/text" = { path = "join(', ', rows[*].Note)" }
"""


def test_rows_of_one_case_become_one_record():
    first, second, third = drafts(
        GROUPED, "Report,Amount,Note,Clerk\nR1,1,a,x\nR2,2,b,\nR1,3,c,\n,4,d,\n"
    )

    assert [one["amount"] for one in first.body["transactions"]] == ["1", "3"]
    assert first.body["summaries"] == [{"text": "a, c"}]
    assert steps(first)["/transactions/1/amount"] == ("/4/Amount", "as-is")
    assert [(loss.source, loss.code) for loss in first.losses] == [("/2/Clerk", "no-place")]
    assert second.losses == ()
    assert [fault.pointer for fault in third.faults] == ["/5/Report"]


def test_the_column_of_a_group_is_told_as_lost_where_no_field_reads_it():
    text = GROUPED.replace('"/provider_ref" = { path = "rows[0].Report", required = true }', "")
    (draft,) = drafts(text, "Report,Amount,Note,Clerk\nR1,1,a,\nR1,3,c,\n")

    assert [loss.source for loss in draft.losses] == ["/2/Report", "/3/Report"]


def test_a_default_makes_no_part_of_its_own_and_is_not_taken_for_a_value():
    text = """
format = "ndjson"
type = "case"
[fields]
"/persons/0/sex" = { path = "sex", default = "unknown" }
"/persons/0/dob" = { path = "born" }
"/status" = { path = "state", default = "open" }
"""
    lines = ['{"born": ""}', '{"sex": "male"}', '{"born": "1970"}', '{"sex": ""}']
    found = drafts(text, "\n".join(lines))

    assert [one.body.get("persons") for one in found] == [
        None,
        [{"sex": "male"}],
        [{"dob": "1970", "sex": "unknown"}],
        None,
    ]
    assert {one.body["status"] for one in found} == {"open"}


XML = """
format = "xml"
type = "case"
records = "Case"
[xml]
lists = ["Case", "Case/Person"]
types = { "Case/@id" = "whole", "Case/Person/Minor" = "truth" }
[each]
"/persons/*" = "Person"
[fields]
"/provider_ref" = { path = '"@id"', convert = ["pad:6"] }
"/unit" = { path = "Unit" }
"/persons/*/names/0/full" = { path = "Name" }
"/persons/*/minor" = { path = "Minor", lookup = { true = "yes", false = "no" } }
"""
ONE_CASE = """<Export xmlns="urn:x"><Case id="17"><Unit>North</Unit>
<Person><Name>Ann</Name><Minor>1</Minor></Person></Case><Made>2026</Made></Export>"""
XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Export">
<xs:complexType><xs:sequence><xs:element name="Case" maxOccurs="unbounded"><xs:complexType>
<xs:sequence><xs:element name="Unit" type="xs:string"/>
<xs:choice minOccurs="0" maxOccurs="unbounded"><xs:element name="Person"><xs:complexType>
<xs:all><xs:element name="Name" type="xs:string"/><xs:element name="Minor" type="xs:boolean"/>
</xs:all></xs:complexType></xs:element></xs:choice></xs:sequence>
<xs:attribute name="id" type="xs:int"/></xs:complexType></xs:element>
<xs:element name="Made" type="xs:gYear"/></xs:sequence></xs:complexType></xs:element></xs:schema>"""


def by_schema(xsd):
    typed = XML.replace('lists = ["Case", "Case/Person"]', 'schema = "export.xsd"')
    kept = [line for line in typed.splitlines() if not line.startswith("types")]
    mapping = tomllib.loads("\n".join(kept))
    mapping["xml"] |= {"text": xsd, "digest": digest_of(xsd)}
    return mapping


@pytest.mark.parametrize("typed", [tomllib.loads(XML), by_schema(XSD)], ids=["declared", "xsd"])
def test_an_xml_document_is_read_by_its_types(typed):
    (draft,) = declared.compile(typed).read(ONE_CASE.encode(), CAPS)

    assert draft.body == {
        "type": "case",
        "provider_ref": "000017",
        "unit": "North",
        "persons": [{"names": [{"full": "Ann"}], "minor": "yes"}],
    }
    assert steps(draft)["/persons/0/minor"] == ("/Export/Case/0/Person/0/Minor", "lookup")
    assert [loss.source for loss in draft.losses] == ["/Export/Made"]


STRANGE = {
    "more than declared": (tomllib.loads(XML), "</Unit>", "</Unit><Unit>S</Unit>"),
    "no truth": (tomllib.loads(XML), ">1<", ">yes<"),
    "no number": (tomllib.loads(XML), '"17"', '"x"'),
    "more than the XSD says": (by_schema(XSD), "</Unit>", "</Unit><Unit>S</Unit>"),
    "not what the XSD says": (by_schema(XSD), '"17"', '"9999999999"'),
    "not in the XSD": (by_schema(XSD), "<Unit>", '<Unit kind="x">'),
    "another root": (by_schema(XSD), "Export", "Report"),
    "not in the order of the XSD": (by_schema(XSD), "<Unit>North</Unit>", "<Person/><Unit/>"),
    "no year": (by_schema(XSD), ">2026<", ">then<"),
    "less than the XSD demands": (by_schema(XSD), "<Minor>1</Minor>", ""),
}


@pytest.mark.parametrize(("mapping", "old", "new"), STRANGE.values(), ids=STRANGE.keys())
def test_an_xml_document_of_another_shape_waits_for_a_person(mapping, old, new):
    with pytest.raises(SourceUnmapped) as held:
        list(declared.compile(mapping).read(ONE_CASE.replace(old, new).encode(), CAPS))
    assert held.value.faults[0].hint


DISORDERED = ONE_CASE.replace("<Unit>North</Unit>", "").replace(
    "</Person>", "</Person><Unit>North</Unit>"
)


def test_an_xsd_is_held_against_the_whole_document_unless_values_alone_are_asked_for():
    whole = by_schema(XSD)
    for document, place, named in (
        (DISORDERED, "/Export/Case/Person", "Unit"),
        (ONE_CASE.replace("<Made>2026</Made>", ""), "/Export", "Made"),
        (ONE_CASE.replace("<Name>Ann</Name>", ""), "/Export/Case/Person", "Name"),
    ):
        with pytest.raises(SourceUnmapped) as held:
            list(declared.compile(whole).read(document.encode(), CAPS))
        (fault,) = held.value.faults
        assert (fault.pointer, fault.code) == (place, "not-of-schema")
        assert named in fault.detail
    values = {**whole, "xml": {**whole["xml"], "check": "values"}}
    (draft,) = declared.compile(values).read(DISORDERED.encode(), CAPS)
    assert draft.body["unit"] == "North"
    with pytest.raises(declared.MappingInvalid):
        declared.compile({**whole, "xml": {**whole["xml"], "check": "some"}})


def test_what_a_document_says_of_its_own_schema_is_no_fault_and_fetches_nothing():
    location = (
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="urn:x http://192.0.2.1/export.xsd"'
    )
    told = ONE_CASE.replace("<Export ", f"<Export {location} ")
    (draft,) = declared.compile(by_schema(XSD)).read(told.encode(), CAPS)

    assert {loss.source for loss in draft.losses} == {"/Export/Made", "/Export/@schemaLocation"}


QUALIFIED = XSD.replace(
    "<xs:schema ", '<xs:schema targetNamespace="urn:y" elementFormDefault="qualified" '
)


def test_namespaces_are_left_out_where_a_document_is_held_against_an_xsd():
    for document in (ONE_CASE, ONE_CASE.replace("urn:x", "urn:y")):
        (draft,) = declared.compile(by_schema(QUALIFIED)).read(document.encode(), CAPS)
        assert draft.body["provider_ref"] == "000017"


def test_an_xsd_reads_nothing_beside_itself(tmp_path):
    (tmp_path / "other.xsd").write_text(XSD)
    include = f'<xs:include schemaLocation="{tmp_path}/other.xsd"/></xs:schema>'
    with pytest.raises(declared.MappingInvalid) as refused:
        declared.compile(by_schema(XSD.replace("</xs:schema>", include)))
    assert {fault.pointer for fault in refused.value.faults} == {"/xml/schema"}


def test_a_line_that_cannot_be_read_stops_no_other():
    text = 'format = "ndjson"\ntype = "case"\n[fields]\n"/unit" = { path = "a" }\n'
    one, bad, two = drafts(text, '{"a": "1"}\n{"a": \n{"a": "2"}\n')

    assert (one.body["unit"], two.body["unit"]) == ("1", "2")
    assert bad.unreadable
    assert bad.faults[0].pointer == "/2"


def test_records_chosen_by_a_filter_keep_their_place_and_the_others_are_told():
    text = LISTS.replace('"reports"', "\"reports[?ref!='R1']\"")
    (draft,) = drafts(text, REPORTS)

    assert steps(draft)["/provider_ref"][0] == "/reports/1/ref"
    assert {loss.source for loss in draft.losses} == {"/reports/0", "/by"}
    with pytest.raises(SourceUnmapped):
        drafts(LISTS.replace('"reports"', "\"reports[?ref=='R3']\""), REPORTS)


MISTAKES = """
format = "json"
type = "case"
records = "sum(a)"
indicators = "[[a, b], [c, d]]"
[each]
"/persons" = "a"
"/network/*" = "a"
"/documents/*" = "b"
[tables.t]
file = "../t.csv"
[tables.u]
file = "u.csv"
digest = "sha256:0"
text = "a,b\\n"
[fields]
"/unit" = { const = 2026-01-01 }
"/status" = { const = 1.5 }
"/accounts/*/iban" = { path = "a" }
"/persons/0/sex" = { path = "a", lookup = "v" }
"/persons/name" = { path = "a" }
"/documents/*/owner" = { const = "/network/*" }
"/summary" = { path = "a", of = "row", required = true, default = "x" }
"""


def test_mistakes_between_fields_lists_and_tables_are_all_told():
    assert faults_of(MISTAKES) == {
        "/records": "bad-path",
        "/indicators": "bad-path",
        "/each/~1persons": "bad-pointer",
        "/each/~1network~1*": "unused",
        "/tables/t/file": "required",
        "/tables/u/digest": "digest-differs",
        "/fields/~1unit/const": "wrong-type",
        "/fields/~1status/const": "wrong-type",
        "/fields/~1accounts~1*~1iban": "no-such-list",
        "/fields/~1persons~10~1sex/lookup": "no-such-table",
        "/fields/~1persons~1name": "contradiction",
        "/fields/~1documents~1*~1owner/const": "contradiction",
        "/fields/~1summary": "contradiction",
        "/fields/~1summary/of": "not-in-list",
    }


WRONG_TABLES = {
    "no such column": ("x,y\n1,2\n", {"key": "a", "value": "y"}, "no-such-column"),
    "a key twice": ("a,y\n1,2\n1,3\n", {"key": "a", "value": "y"}, "doubled-key"),
    "empty": ("a,y\n", {"key": "a", "value": "y"}, "required"),
    "no CSV": ('a,"y\n', {"key": "a", "value": "y"}, "malformed"),
}


@pytest.mark.parametrize(("text", "said", "code"), WRONG_TABLES.values(), ids=WRONG_TABLES.keys())
def test_a_table_that_cannot_be_used_is_a_mistake(text, said, code):
    mapping = tomllib.loads(LISTS)
    mapping["tables"] = {"t": {"file": "t.csv", "text": text, "digest": digest_of(text), **said}}
    with pytest.raises(declared.MappingInvalid) as refused:
        declared.compile(mapping)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_no_expression_multiplies_what_it_is_given():
    doubling = "|".join(["[@,@][]"] * 20)
    mapping = tomllib.loads(LISTS)
    mapping["fields"]["/unit"] = {"path": f"a|{doubling}"}
    with pytest.raises(declared.MappingInvalid):
        declared.compile(mapping)


def test_the_line_of_a_mistake_is_found():
    lines = MISTAKES.splitlines()

    def at(pointer):
        return lines[line_of(MISTAKES, pointer) - 1]

    assert at("/fields/~1summary/of").startswith('"/summary"')
    assert at("/tables/u/digest").startswith("digest")
    assert at("/tables/t/key") == "[tables.t]"
    assert line_of(MISTAKES, "/nothing") is None
    assert line_of('a = """\nb = 1\n"""\nb = 2\n', "/b") == 4


def test_files_beside_a_mapping_become_part_of_it(tmp_path):
    folder = tmp_path / "mapping"
    folder.mkdir()
    (folder / "export.toml").write_text('[tables.t]\nfile = "t.csv"\ntext = "smuggled"\n')
    (folder / "t.csv").write_text("a,b\n")

    (item,) = read_items(tmp_path)
    assert item.body["tables"]["t"]["text"] == "a,b\n"
    (folder / "lonely.csv").write_text("a,b\n")
    with pytest.raises(ItemsUnreadable) as refused:
        read_items(tmp_path)
    assert [fault.pointer for fault in refused.value.faults] == ["mapping/lonely.csv"]
    (folder / "lonely.csv").unlink()
    (folder / "t.csv").unlink()
    (item,) = read_items(tmp_path)
    assert "text" not in item.body["tables"]["t"]


def test_a_document_that_is_too_large_for_one_list_is_held_not_cut():
    many = '{"reports": [{"ref": "R", "people": [' + ",".join(['{"sex": "x"}'] * 10_001) + "]}]}"
    (draft,) = drafts(LISTS, many)

    assert [fault.code for fault in draft.faults] == ["too-many-entries"]
    with pytest.raises(SourceUnreadable):
        drafts(LISTS, "[" * 100_000)
