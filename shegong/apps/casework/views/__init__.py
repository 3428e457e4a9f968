"""SHOW: pages of casework, one function each."""
