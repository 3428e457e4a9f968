"""Pure functions over the standards the domain rests on: no database, no web, no Django."""
