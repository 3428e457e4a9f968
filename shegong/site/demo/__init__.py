"""The demo province: Guangdong's real tree, an invented cast, invented people and cases. Nobody in it lives."""
