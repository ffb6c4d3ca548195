"""Reading help, by theme."""

PAGE_ROWS = 20
COUNT_LIMIT = 99
NOT_THERE = "There is no such page, or it is not yours to see."
