"""The only place that speaks requests."""
