"""The exchange gateway: decides, seals, relays and keeps the proof."""
