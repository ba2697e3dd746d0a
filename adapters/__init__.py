"""Foreign formats and partner profiles. Pure: bytes to drafts, records to bytes."""
