"""The acts of disclosure, by what they are about."""
