"""Encrypted columns, blind look-up, masks, blind search, and the audited look behind a mask. Start with README.md."""
