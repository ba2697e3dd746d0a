"""Settings and items that the tests of commands share."""

CONFIG = """
[gateway]
id = "police.nl.gw"
[identity]
names = { en = "National police" }
community = "empact"
org_class = "eu_authority"
country = "NL"
duty_phone = "+31700000000"
[log]
level = "warning"
"""

ITEMS = {
    "organisation/police.nl": """
title = "National police"
country = "NL"
org_class = "eu_authority"
""",
    "client/police": """
org = "police.nl"
key_digests = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
sources = ["cases"]
scopes = ["submit", "inbox", "read", "quarantine"]
""",
    "source/cases": """
org = "police.nl"
adapter = "native"
""",
    "agreement/ep-cse": """
valid_until = 2039-12-31
partner = "hub.eu"
direction = "both"
types = ["case", "financial_signal", "hosting_report"]
crime_areas = ["sexual_abuse_and_exploitation"]
purposes = ["cross_check", "operational_analysis"]
""",
}
