"""Acts of help, by theme."""
