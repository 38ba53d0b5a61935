"""The reference page of policies.toml: its keys, and worked examples that the grading functions work out."""

from __future__ import annotations

from pathlib import Path

from autograder.config.reference import TableAt, page

PATH = Path("reference/policies.md")

INTRO = """\
The rules of one offering, a course in a term: which attempt counts, what lateness costs, how grades are
made. How to write and store one is told in [the how-to](../how-to/policies.md). An unknown key is an error
that names the nearest known key; a file that contradicts itself is refused with the line and the key.

What is decided here is decided once: every view, export and report asks the same function. It answers with
the deadline and the grade of one student, and with the reasons, line by line.

**Promises**, which are tested on generated courses:

- More points never lower a grade, neither of an assignment nor of the course.
- An extension never lowers a grade. Where the grade is higher without it, as when a later and worse attempt
  would count, it is not used. One exception concerns *other* work: late work that is accepted only because
  of an extension may use late days of the budget.
- The order in which things were recorded never matters.
- A preview of what a submission would cost is exact, because handing in is what uses late days, whatever
  the points turn out to be: the last accepted attempt decides, also where the best one counts.

**Time.** The whole second of a deadline is on time. A late day ends when the clock in the course's zone
shows the deadline's time again, so it has 23 or 25 hours where daylight saving time begins or ends. Where
the clock shows that time twice, the later one counts; where it skips it, the day ends as long after the gap
as the deadline's time lies in it. A time without an offset is what the course's clock shows; one that it
shows twice or never is an error.

**Order of the arithmetic.** Points of another version are scaled, then the basic part, extras, lateness,
cap.

**Attempts.** Rejected work and work after the hard stop never count. An attempt that failed on our side is
pending, never a zero. A choice of staff holds under every `counts`.

**Lateness that was decided.** What `autograder gradebook late` set for a submission, 0 included, or
nbgrader's late penalty that came in with it, is in its points already. Then the rule takes nothing on top and
no late days are used; the explanation says so. The hard stop holds all the same.

**The course.** What is pending, not due or excused does not count, and an empty category leaves its weight
to the others. Dropped are those assignments without which the student stands best, which with different
weights need not be the lowest. Extra credit adds to what was earned and never to what could be."""


def policies_page() -> str:
    """Markdown of every key and of the worked examples."""
    from gradebook.policies import examples, tables

    at: list[TableAt] = [
        ("", tables.PoliciesTable),
        ("[late]", tables.LateTable),
        ("[late_days]", tables.LateDaysTable),
        ("[categories.<id>]", tables.CategoryTable),
        ("[assignments.<id>]", tables.AssignmentTable),
    ]
    keys = page("policies.toml", INTRO, at)
    heading = "## Worked examples\n\nWhat follows from each is what the grading functions say."
    return f"{keys}\n{heading}\n\n{examples.markdown()}\n"
