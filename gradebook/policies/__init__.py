"""Policies of an offering as values and pure functions: no database, no clock, no files.

`values` and `facts` hold the words, `file` reads policies.toml, `effective.effective` and
`course.course_grade` answer what a grade is and why; `standing.standing` does both for one student.
"""
