"""Keys. Speaks `cryptography` and knows no record; key material is never kept in this package."""
