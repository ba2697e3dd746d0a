"""One file per audience: national systems (records, inbox), partners (exchange), operators."""
