"""Closed lists of codes, each with its source. A code never changes its meaning.

`other` stands only where the field beside it takes the words.
"""

from __future__ import annotations

from typing import Final

# Four degrees, most urgent first; the store keeps them as 0 to 3. Own list.
URGENCIES: Final = ("threat_to_life", "urgent", "priority", "routine")
# "unknown" says that somebody looked and could not tell; an absent member says nothing.
TERNARY: Final = ("yes", "no", "unknown")

# Europol handling codes, as on the forms of SIENA: purpose, evidence, originator, free text.
HANDLING: Final = ("H0", "H1", "H2", "H3")
# Regulation (EU) 2016/794, article 19(2); the last from Directive (EU) 2016/680, article 10.
RESTRICTION_KINDS: Final = (
    "access",
    "use",
    "transfer",
    "evidential",
    "erasure",
    "no_death_penalty",
)
# Regulation (EU) 2016/794, article 18(2)(a) to (f).
PURPOSES: Final = (
    "cross_check",
    "strategic_analysis",
    "operational_analysis",
    "facilitate_exchange",
    "research",
    "public_appeal",
)
# Regulation (EU) 2016/794, annex I, in its order.
CRIME_AREAS: Final = (
    "terrorism",
    "organised_crime",
    "drug_trafficking",
    "money_laundering",
    "nuclear_and_radioactive_substances",
    "immigrant_smuggling",
    "trafficking_in_human_beings",
    "motor_vehicle_crime",
    "murder_and_grievous_bodily_injury",
    "illicit_trade_in_organs",
    "kidnapping_and_hostage_taking",
    "racism_and_xenophobia",
    "robbery_and_aggravated_theft",
    "cultural_goods",
    "swindling_and_fraud",
    "crime_against_eu_financial_interests",
    "insider_dealing",
    "racketeering_and_extortion",
    "counterfeiting_and_product_piracy",
    "forgery_of_documents",
    "forgery_of_money",
    "computer_crime",
    "corruption",
    "arms_trafficking",
    "endangered_animal_species",
    "endangered_plant_species",
    "environmental_crime",
    "hormonal_substances",
    "sexual_abuse_and_exploitation",
    "genocide_and_war_crimes",
)
# Own list, for the crime areas this gateway is built for.
PHENOMENA: Final = (
    "live_stream_for_payment",
    "distribution",
    "production",
    "grooming",
    "sextortion_sexual",
    "sextortion_financial",
    "travelling_offender",
    "hosting",
    "trafficking",
    "ai_generated",
)
# Own list: why this recipient needs it (Directive (EU) 2016/680, article 4(1)(c)).
NECESSITY_CODES: Final = (
    "suspect_identification",
    "victim_identification",
    "victim_safeguarding",
    "payer_identification",
    "facilitator_identification",
    "case_support",
    "content_removal",
    "prevention",
    "other",
)
# Own list, after the hit/no-hit systems of the European Union.
DISCOVERABILITY: Final = ("none", "hit", "hit_and_class")
# Own list, rising. Anything above the last is out of scope.
MARKINGS: Final = ("unmarked", "restricted")

# Directive (EU) 2016/680, article 7(1), and Regulation (EU) 2024/1689 on automated findings.
STATEMENT_KINDS: Final = ("fact", "assessment", "automated_hit")
# The 4x4 scale, Regulation (EU) 2016/794, article 29.
SOURCE_CODES: Final = ("A", "B", "C", "X")
INFO_CODES: Final = ("1", "2", "3", "4")

# Directive (EU) 2016/680, article 6; Regulation (EU) 2016/794, annex II; the last two our own.
PERSON_CATEGORIES: Final = (
    "suspect",
    "convicted",
    "potential_future",
    "victim",
    "witness",
    "contact",
    "associate",
    "informant",
    "person_of_interest_not_suspect",
    "unknown",
)
NAME_KINDS: Final = ("legal", "alias", "maiden", "nickname", "transliteration", "unknown")
SEXES: Final = ("female", "male", "other", "unknown")
ID_KINDS: Final = (
    "passport",
    "national_id",
    "residence_permit",
    "driving_licence",
    "tax_id",
    "seafarer",
    "other",
)
ACCOUNT_KINDS: Final = (
    "bank",
    "e_money",
    "card_masked",
    "wallet",
    "remittance_ref",
    "platform_credit",
)
NETWORK_EVENTS: Final = ("login", "registration", "purchase", "upload", "other")
TRANSPORT_KINDS: Final = ("car", "motorcycle", "van", "lorry", "vessel", "aircraft", "other")
LOCATION_KINDS: Final = ("residence", "work", "meeting", "payout", "event", "other")
RELATION_ROLES: Final = (
    "payer",
    "recipient",
    "facilitator",
    "groomer",
    "offender",
    "customer",
    "account_holder",
    "parent",
    "child",
    "partner",
    "employer",
    "employee",
    "co_offender",
    "other",
)
RELATION_TYPES: Final = (
    "payment",
    "contact",
    "family",
    "ownership",
    "control",
    "abuse",
    "travel",
    "same_as",
    "other",
)

GROUND_KINDS: Final = (
    "financial",
    "communication",
    "witness",
    "hotline_report",
    "platform_report",
    "forensic",
    "undercover",
    "open_source",
    "partner_report",
    "other_non_financial",
)
FINANCIAL_GROUNDS: Final = ("financial",)
LINK_BASES: Final = ("shared_identifier", "confirmed_link")
CASE_STATUSES: Final = ("open", "pending", "closed", "prosecuted", "unknown")
EXTERNAL_SCHEMES: Final = ("siena", "icse", "ncmec", "iccam", "fiu", "empact", "xarf", "national")

SIGNAL_SOURCES: Final = ("fiu", "bank_team", "psp", "exchange", "own_initiative")
# The report kinds of goAML and of Directive (EU) 2015/849, article 33.
REPORT_KINDS: Final = ("str", "sar", "utr", "uar", "ctr", "iftr", "bcr", "spontaneous", "other")
FIU_USES: Final = ("intelligence", "analysis_only", "investigation", "evidence_with_consent")
# Directive (EU) 2024/1640, article 34: prior consent for dissemination.
FIU_DISSEMINATIONS: Final = ("none", "fiu_only", "law_enforcement", "ask")
CORROBORATIONS: Final = ("none", "partial", "independent")
INSTRUMENTS: Final = (
    "cash",
    "credit_transfer",
    "direct_debit",
    "card",
    "remittance",
    "e_money",
    "crypto",
    "voucher",
    "platform_credit",
    "cheque",
    "other",
    "unknown",
)
CHANNELS: Final = (
    "branch",
    "agent",
    "atm",
    "online",
    "mobile_app",
    "phone",
    "post",
    "platform",
    "other",
    "unknown",
)

HOSTING_ORIGINS: Final = (
    "hotline",
    "platform",
    "police",
    "citizen",
    "trusted_flagger",
    "iccam",
    "cybertip",
    "xarf",
)
HOSTING_LAYERS: Final = (
    "site",
    "domain",
    "reseller",
    "webhoster",
    "network",
    "upstream",
    "cdn",
)
MEDIA_KINDS: Final = ("image", "video", "live_stream", "text", "drawing", "mixed", "unknown")
# Regulation (EU) 2022/2065 articles 9 and 16; national law; or no regime at all.
NOTICE_REGIMES: Final = ("dsa_9", "dsa_16", "national_order", "voluntary")
NOTICE_ANSWERS: Final = ("removed", "blocked", "forwarded", "refused", "not_ours", "no_answer")
OBSERVATION_RESULTS: Final = ("online", "offline", "moved", "blocked", "unknown")
# Nothing here lets the gateway itself look at a reported page.
OBSERVATION_METHODS: Final = ("analyst", "dns", "registry", "routing", "notice_answer")
HOSTING_STATES: Final = ("reported", "notified", "removed", "moved", "returned", "closed")

# Own list: what became of it, coded so that it may always go back.
OUTCOMES: Final = (
    "case_opened",
    "case_supported",
    "suspect_identified",
    "victim_identified",
    "victim_safeguarded",
    "arrest",
    "funds_frozen",
    "content_removed",
    "already_known",
    "not_ours",
    "insufficient",
    "too_late",
    "no_capacity",
)
# Directive (EU) 2023/977, article 4: what makes a request urgent.
URGENT_GROUNDS: Final = (
    "public_security",
    "life_or_limb",
    "deprivation_of_liberty",
    "losing_relevance",
)
# Own list: what an answer is. A request for clarification is an answer that is not the last.
ANSWER_STATES: Final = ("complete", "partial", "delayed", "clarification_wanted")
# Directive (EU) 2023/977, article 6(1), in its order; where it joins two, they are two here.
REFUSAL_GROUNDS: Final = (
    "not_available",
    "request_incomplete",
    "authorisation_refused",
    "category_not_covered",
    "inaccurate_or_outdated",
    "national_security",
    "ongoing_investigation",
    "safety_of_individual",
    "interests_of_legal_person",
    "minor_offence",
    "no_offence_here",
    "no_consent_of_origin",
)
# Own list: whether all of a request is refused or the part that is named.
REFUSED_PARTS: Final = ("all", "part")
# Directive (EU) 2023/977, article 1: use as evidence needs the consent of who provides.
EVIDENCE_CONSENTS: Final = ("no", "ask", "yes")
# Regulation (EU) 2016/794, article 7(7); the last three our own.
NO_EUROPOL_COPY: Final = (
    "national_security",
    "ongoing_investigation",
    "safety_of_individual",
    "intelligence_activities",
    "outside_mandate",
    "already_there",
    "not_necessary",
)
# Own list: what an originator is asked to allow.
CONSENT_USES: Final = ("pass_on", "evidence", "other_purpose")
CONSENT_DECISIONS: Final = ("granted", "refused", "withdrawn")
# Own list: what kind of knowledge product.
PRODUCT_KINDS: Final = ("typology", "threat_note", "guidance", "statistics")
# Traffic Light Protocol 2.0 (FIRST, 2022), the strictest first.
TLP_LABELS: Final = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")
# Own list: as what an organisation takes part in an operation.
OPERATION_ROLES: Final = ("lead", "co_lead", "participant", "support", "observer")
# Release rules, R-08.
ORG_CLASSES: Final = (
    "eu_authority",
    "eu_agency",
    "schengen",
    "third_country",
    "international_organisation",
    "fiu",
    "hotline",
    "regulator",
    "private",
)
# Own list: what a person may do here. Who releases is never who only reads.
ROLES: Final = (
    "administrator",
    "release_officer",
    "analyst",
    "duty_officer",
    "contact_point",
    "takedown_desk",
    "auditor",
    "data_protection_officer",
    "read_only",
)
# Own list: why somebody looks up what was given to whom. It stands in the ledger beside the look.
AUDIT_REASONS: Final = (
    "yearly_audit",
    "internal_control",
    "data_subject_request",
    "supervisory_authority",
    "court",
    "complaint",
    "breach",
)
WRITERS: Final = ("person", "machine")
UNKNOWN: Final = "unknown"
