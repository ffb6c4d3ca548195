"""Every route × everybody: what each answers exactly, in one table that is read, and compared with the application."""
