"""Notices 通知 of a person or of a unit (M-7)."""
