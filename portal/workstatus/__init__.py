"""Work status 工作动态: columns, entries, and what each unit owes every year and month (M-2, GZ41)."""
