"""What Shegong is measured against, at its best setting."""
