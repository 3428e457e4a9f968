"""Fills the bench's databases fast: COPY and generate_series, deterministic, sealed columns really sealed."""
