"""Presentation kit without models: base templates, macros, filters, front-end assets."""
