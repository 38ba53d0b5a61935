"""The guidelines there are, the most important first, and how one is found by its name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from autograder.errors import ConfigError
from autograder.guidelines.rule import Rule
from autograder.guidelines.rules import (
    archive_name,
    archive_type,
    base_model,
    comments,
    content,
    data,
    lora_start,
    markdown,
    paths,
    portable,
    readable,
    recipe,
    runs,
    shortcuts,
    torch,
    trained_here,
)
from autograder.model.assignment import Assignment

RULES: Final[dict[str, Rule]] = {
    "torch": torch.RULE,
    "shortcuts": shortcuts.RULE,
    "base_model": base_model.RULE,
    "data": data.RULE,
    "trained_here": trained_here.RULE,
    "runs": runs.RULE,
    "paths": paths.RULE,
    "archive_type": archive_type.RULE,
    "archive_name": archive_name.RULE,
    "content": content.RULE,
    "readable": readable.RULE,
    "lora_start": lora_start.RULE,
    "recipe": recipe.RULE,
    "markdown": markdown.RULE,
    "comments": comments.RULE,
    "portable": portable.RULE,
}
"""By id. The order is the order of importance."""


def find(name: str) -> Rule:
    """Return a rule by its id; `-` and `_` are the same.

    Raises:
        ConfigError: there is no such rule. The message names the nearest one.

    """
    rule = RULES.get(name.replace("-", "_"))
    if rule is None:
        near = get_close_matches(name, RULES, n=1, cutoff=0.0)
        raise ConfigError(
            f'There is no guideline "{name}"; did you mean "{near[0]}"? There are: {", ".join(RULES)}.'
        )
    return rule


def refuse_unknown(assignment: Assignment) -> None:
    """Check that an assignment names only rules and settings that exist.

    Raises:
        ConfigError: a rule or a setting is unknown, or a rule is named twice.

    """
    seen: set[str] = set()
    for spec in assignment.rules:
        rule = find(spec.id)
        if rule.id in seen:
            raise ConfigError(f'The guideline "{rule.id}" is given twice.')
        seen.add(rule.id)
        for setting in spec.settings:
            if setting not in rule.settings:
                known = ", ".join(rule.settings) or "none"
                raise ConfigError(f'The guideline "{rule.id}" has no setting "{setting}"; it has: {known}.')
