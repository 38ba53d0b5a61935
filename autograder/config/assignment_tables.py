"""The tables of `assignment.toml`. Each checks itself and turns into a frozen value of the model.

What concerns several tables at once is checked in `assignment_file`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict, Field, StrictBool, StrictStr, model_validator

from autograder.config.run_tables import AssetsTable, EnvironmentTable, HoldoutTable, LimitsTable
from autograder.config.values import (
    CourseFile,
    Identifier,
    Name,
    Points,
    Positive,
    RelativePath,
    Share,
    SignedPoints,
    Table,
    Text,
)
from autograder.model.assignment import (
    Assurance,
    CheckKind,
    Checkpoint,
    CheckSpec,
    Firmness,
    Gate,
    OnError,
    Origin,
    OriginFormat,
    RubricItem,
    RuleSpec,
    Training,
    Visibility,
)
from autograder.model.ids import END_OF_RUN, CheckId, CheckpointId, RuleId

ASSURANCES: dict[CheckKind, tuple[Assurance, ...]] = {
    CheckKind.CELLS: (Assurance.SHARED,),
    CheckKind.PYTEST: (Assurance.SEPARATED, Assurance.REPORTED, Assurance.STATIC, Assurance.SHARED),
    CheckKind.MANUAL: (Assurance.HUMAN,),
}


class CheckpointTable(Table):
    """A place where the run pauses and checks ask their questions."""

    id: Name = Field(description="name by which checks refer to it; `end` is there by itself")
    cell: StrictStr = Field(
        default="",
        description="`grade_id` of the cell after which the run pauses; left out where nothing was marked",
    )
    binds: list[Identifier] = Field(
        default_factory=list,
        description="names that are bound there; they find the place in a notebook that lost the cell",
    )

    @model_validator(mode="after")
    def _can_be_found(self) -> CheckpointTable:
        if not self.cell and not self.binds:
            raise ValueError("give the cell of the checkpoint, or the names that are bound there")
        return self

    def to_model(self) -> Checkpoint:
        """Give the frozen value."""
        return Checkpoint(id=CheckpointId(self.id), cell=self.cell, binds=tuple(self.binds))


class RubricItemTable(Table):
    """One line of a rubric."""

    id: Name = Field(description="short name of the line")
    text: Text = Field(description="what the person who grades looks for")
    points: SignedPoints = Field(description="what it is worth; below 0 where it takes points away")
    comment: StrictStr = Field(
        default="", description="what the student reads where it holds; the text where it is empty"
    )

    def to_model(self) -> RubricItem:
        """Give the frozen value."""
        return RubricItem(id=self.id, text=self.text, points=self.points, comment=self.comment)


class RubricFile(Table):
    """A rubric: a file of its own, named by the check it belongs to."""

    marks: Literal["add", "deduct"] = Field(
        default="add", description="`add`: a mark starts at 0; `deduct`: at full points"
    )
    items: list[RubricItemTable] = Field(min_length=1, description="the lines, as `[[items]]`")


class CheckTable(Table):
    """One thing that is looked for in a submission, and what it is worth."""

    id: Name = Field(description="name of the check; check files refer to it by this name")
    kind: CheckKind = Field(
        description="who judges: the notebook's test cells, a pytest file in `checks/`, or a person"
    )
    points: Points = Field(description="what it is worth; at most 4 decimals")
    title: StrictStr = Field(default="", description="what students and staff read; the id where it is empty")
    assurance: Assurance | None = Field(
        default=None,
        description="how far the result can be trusted. `cells` is always `shared`, `manual` always "
        "`human`; a `pytest` check must say it",
    )
    visibility: Visibility = Field(
        default=Visibility.AFTER_PUBLISHED, description="when the student may see the result"
    )
    after: Name = Field(
        default=END_OF_RUN, description="checkpoint at which a `pytest` check asks its questions"
    )
    cell: StrictStr = Field(
        default="",
        description="`grade_id` of the test cell (`cells`) or of the answer a person reads (`manual`)",
    )
    seconds: Positive = Field(
        default=120.0,
        description="seconds for the check itself, for its answers together, and for its calls of the judge",
    )
    optional: StrictBool = Field(default=False, description="extra credit: counts above the other points")
    rubric: RelativePath | None = Field(
        default=None,
        description="rubric of a `manual` check: path of a TOML file below the assignment's folder",
    )

    @model_validator(mode="after")
    def _agrees_with_its_kind(self) -> CheckTable:
        allowed = ASSURANCES[self.kind]
        if self.kind is CheckKind.PYTEST and self.assurance is None:
            raise ValueError("a pytest check must say its assurance: separated, reported, static or shared")
        if self.assurance is not None and self.assurance not in allowed:
            raise ValueError(f"a {self.kind} check is {' or '.join(allowed)}, not {self.assurance}")
        if self.kind is CheckKind.CELLS and not self.cell:
            raise ValueError('a cells check must name its test cell: cell = "<grade_id>"')
        if self.rubric and self.kind is not CheckKind.MANUAL:
            raise ValueError("only a manual check has a rubric")
        if self.kind is not CheckKind.PYTEST and self.after != END_OF_RUN:
            raise ValueError("only a pytest check asks at a checkpoint: take `after` away")
        if self.kind is CheckKind.PYTEST and self.cell:
            raise ValueError("a pytest check reads no cell: use `after` with a checkpoint")
        return self

    def to_model(self, rubric: tuple[RubricItem, ...], *, deducts: bool = False) -> CheckSpec:
        """Give the frozen value."""
        return CheckSpec(
            id=CheckId(self.id),
            kind=self.kind,
            points=self.points,
            title=self.title or self.id,
            assurance=self.assurance or ASSURANCES[self.kind][0],
            visibility=self.visibility,
            after=CheckpointId(self.after),
            cell=self.cell,
            seconds=self.seconds,
            optional=self.optional,
            rubric=rubric,
            deducts=deducts,
        )


class GateTable(Table):
    """The basic part: it must succeed, or extra credit does not count."""

    title: Text = Field(description="what students read")
    checks: list[Name] = Field(min_length=1, description="ids of the checks that make up the basic part")
    share: Share = Field(default=Decimal("0.5"), description="share of their points that must be earned")

    def to_model(self) -> Gate:
        """Give the frozen value."""
        return Gate(title=self.title, checks=tuple(CheckId(check) for check in self.checks), share=self.share)


class RuleTable(Table):
    """A guideline that this assignment uses. Other keys are settings of the rule: lists of strings."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, list[StrictStr]]

    points: Points = Field(default=Decimal(0), description="what a finding may cost")
    firmness: Firmness = Field(
        default=Firmness.PROPOSED,
        description="`firm` costs points by itself, `proposed` once a person confirms it, `hint` never",
    )

    def to_model(self, rule: str) -> RuleSpec:
        """Give the frozen value."""
        settings = {key: tuple(values) for key, values in (self.__pydantic_extra__ or {}).items()}
        return RuleSpec(id=RuleId(rule), points=self.points, firmness=self.firmness, settings=settings)


class GuidelinesTable(Table):
    """Which guidelines are looked at, and what they may cost together."""

    cap: Points = Field(default=Decimal(0), description="most points that all findings together may cost")
    rules: dict[Name, RuleTable] = Field(
        default_factory=dict, description="one table per rule: `[guidelines.rules.<id>]`"
    )

    @model_validator(mode="after")
    def _cap_is_given(self) -> GuidelinesTable:
        costly = [name for name, rule in self.rules.items() if rule.points > 0]
        if costly and not self.cap:
            raise ValueError(f"rules may cost points ({', '.join(costly)}), so `cap` must be above 0")
        return self


class OriginTable(Table):
    """Only in a converted assignment, written by `autograder import`: where it comes from."""

    format: OriginFormat = Field(description="the format it was written in")
    found: Text = Field(description="what was found and by what it was known; every report shows it")
    name: StrictStr = Field(default="", description="what the assignment is called there")
    submissions: StrictStr = Field(
        default="",
        description="where its submissions lie there, as `submitted/{student_id}/ps1`: from such a path "
        "`grade` knows the student",
    )
    code_stub: StrictStr | None = Field(
        default=None,
        description="what a release puts in the place of a solution in code; left out: the usual stub",
    )
    text_stub: StrictStr | None = Field(
        default=None, description="what it puts in the place of one in Markdown; left out: the usual stub"
    )

    def to_model(self) -> Origin:
        """Give the frozen value."""
        return Origin(
            format=self.format, found=self.found, name=self.name, submissions=self.submissions,
            code_stub=self.code_stub, text_stub=self.text_stub,
        )  # fmt: skip


class PublicTable(Table):
    """Written by `autograder release`: what the students' copy no longer says by itself."""

    assignment_version: Name = Field(description="version of the assignment that was released")
    total_points: Points = Field(description="points of all checks that are not extra credit")
    hidden_checks: int = Field(ge=0, description="how many checks this copy leaves out")


class AssignmentTable(Table):
    """The keys at the top of the file."""

    format: Literal[1] = Field(alias="schema", description="version of this format: 1")
    id: Name = Field(description="short name; it never changes once submissions exist")
    title: Text = Field(description="what students and staff read")
    notebooks: list[RelativePath] = Field(
        min_length=1, description="source notebooks below `source/`, in the order in which they run"
    )
    on_error: OnError = Field(default=OnError.CONTINUE, description="what happens after a cell that raised")
    training: Training = Field(
        default=Training.RETRAIN,
        description="whether models are trained again, or the ones handed in are used",
    )
    repeat: Literal[1, 3, 5, 7] = Field(
        default=1,
        description="how often a submission is run; the run with the median of the points counts. It takes "
        "as many times the hours: `autograder estimate --repeat` tells",
    )
    course_files: list[CourseFile] = Field(
        default_factory=list,
        description="files below `source/` that students get and that are present in the run. Where a name "
        "begins with `../` (at most three times), the file lies that many folders above the notebook in the "
        "run and in the release, and in `source/` under the rest of its name",
    )
    contract: list[Identifier] = Field(
        default_factory=list, description="names that students must provide; the release lists them"
    )
    environment: EnvironmentTable = Field(
        default_factory=EnvironmentTable, description="what the kernel runs in"
    )
    limits: LimitsTable = Field(default_factory=LimitsTable, description="what one run may use")
    assets: AssetsTable = Field(
        default_factory=AssetsTable, description="models and data sets a run may load"
    )
    holdout: HoldoutTable | None = Field(default=None, description="rows that are withheld and used to judge")
    checkpoints: list[CheckpointTable] = Field(default_factory=list, description="where the run pauses")
    checks: list[CheckTable] = Field(default_factory=list, description="what is looked for")
    gate: GateTable | None = Field(default=None, description="the basic part")
    guidelines: GuidelinesTable = Field(default_factory=GuidelinesTable, description="which guidelines count")
    origin: OriginTable | None = Field(
        default=None, description="only in a converted assignment, written by `autograder import`"
    )
    public: PublicTable | None = Field(
        default=None, description="only in a release, written by `autograder release`"
    )
