"""Migrations of the database, run by `gateway.store.schema`."""
