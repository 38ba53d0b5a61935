"""The check files below `files` are not tests of ours."""

collect_ignore = ["files"]
