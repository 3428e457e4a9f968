"""The floor: what a page costs in plain Django. One session, one user, one query of 20 rows, one template: 3 SQL statements."""
