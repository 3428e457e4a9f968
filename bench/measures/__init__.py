"""What is measured, one file a subject; each gives a list of ``Measure``."""
