"""The store: the only place that speaks SQL. `work.SqlStore` implements the ports of the flow."""
