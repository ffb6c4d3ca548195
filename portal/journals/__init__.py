"""Journals 刊物 of units: issues, articles, their readers and subscribers (M-6, GZ45)."""
