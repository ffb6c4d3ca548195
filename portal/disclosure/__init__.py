"""Disclosure of government information 政务公开: catalogue, guides, items, requests, complaints, opinions (M-10)."""
