"""Walks that take minutes: every step killed, many processes at once. Run by `make faults`."""
