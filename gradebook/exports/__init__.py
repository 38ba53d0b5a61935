"""Grades for other systems and for analysis. Start with `table`: what is exported."""
