"""The only place that speaks Flask."""
