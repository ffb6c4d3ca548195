"""Notices 通知 of a person or of a unit (M-7), direct delivery 专送 and circulation 传阅 (M-8)."""
