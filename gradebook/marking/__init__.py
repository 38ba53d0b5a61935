"""Marking by hand: rubrics, the queue, leases, marks, regrade requests, decisions about findings.

Start with `gradebook.marking.marking_book.MarkingBook`.
"""
