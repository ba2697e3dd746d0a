"""The journeys of a record: one file each, one unit of work, one commit."""
