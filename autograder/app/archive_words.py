"""The words that stand in an archive for whoever opens it years later."""

from __future__ import annotations

from typing import Final

README: Final = """\
# What this folder is

Everything that was known about the grades of {offerings} on {made}, written by nbverdict {version}, so that
each grade can be explained and defended years later. All of it is plain text, notebooks, web pages and
the files that students handed in. No program is needed to read it.

- `grades.jsonl`: every grade as it stood then, with the reasons line by line; students are pseudonyms
- `names.jsonl`: {names}
- `records/`: every row of the gradebook: attempts, scores, each human change with who, when and why,
  extensions, campaigns, marks, and in `audit_log.jsonl` every event; `COLUMNS.md` explains the columns
- `policies/`: every version of the course's rules, by its number in `records/offering_policies.jsonl`
- `assignments/`: each version: `sheet.json` has points, gate and cap; `files/`, where it was given, the
  assignment's whole folder with its sheet and the sources of its checks
- `submissions/`: by the number of the submission: `original` is as it was received, `notebook-1.ipynb`
  and so on are the notebooks as handed in
- `evidence/`: by the number of the submission: what ran, what was asked of it and what it answered
- `reports/`: by the number of the submission: the pages for student and staff, and the result
- `gradebook.sqlite3`: {backup}
- `about.json`: counts, versions of software, images and Python packages
- `missing.jsonl`: what would belong here and was not found: {missing}
- `MANIFEST.sha256`: the SHA-256 of every file

A number of a submission is its `id` in `records/submissions.jsonl`; the number of a person is its `id` in
`records/people.jsonl`, with the pseudonym.

# How to see that nothing changed

`sha256sum -c MANIFEST.sha256` says whether a file changed or is missing. The command
`autograder gradebook verify-archive` also finds files that were added, and works out every grade again
from the records. Whoever can write here could write a new manifest, too: keep its own SHA-256, which was
told when the archive was made, somewhere else.

# What to be careful with

What students handed in, and the evidence, is theirs: it may be hostile. Do not run it; open notebooks as
you would open mail from a stranger. Work can name its author inside, and so can reasons and comments
that people wrote; neither is changed here, also where the file of names was left out.
"""

NAMES_THERE: Final = (
    "names, ids and addresses by pseudonym; otherwise only pages, results and the backup have names"
)
NAMES_GONE: Final = (
    "not here: the archive was made without names, so without pages and results, which have them"
)
BACKUP_THERE: Final = "the gradebook itself, for `autograder gradebook restore`; it holds names"
BACKUP_GONE: Final = "not here ({why}); `autograder gradebook restore-archive` makes one of the records"
