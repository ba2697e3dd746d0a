"""Adapters that read what national systems have."""
