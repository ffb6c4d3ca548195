"""`make tour`: every page in every role, looked at with a browser; pictures and an index of them in var/tour/."""
