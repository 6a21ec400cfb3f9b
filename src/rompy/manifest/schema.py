"""What a manifest holds, as types."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator, with_config
from typing_extensions import Self, TypedDict

from rompy.manifest.layout import SCHEMA
from rompy.manifest.texts import Digest, FilePath, FolderInside, Inside, Moment, checked_path

_OPEN = ConfigDict(extra="allow")


class Record(BaseModel):
    """Base of all parts. What it does not know is kept, so that nothing is lost when it is written again."""

    model_config = ConfigDict(
        extra="allow", frozen=True, protected_namespaces=(), use_attribute_docstrings=True, defer_build=True
    )


class Description(Record):
    """The description that the run was made from."""

    meaning_sha256: Digest | None = None
    """Digest of what it means: the same for any order of keys and spelling of numbers and times, and wherever the
    run is put. None in manifests of schema 1."""
    file: Inside = ".rompy/run.yml"
    sha256: Digest | None = None
    """Digest of that file."""


class Input(Record):
    """Something that was read to make the run."""

    field: str | None = None
    """Where the description names it, such as ``config.wind.source``; None when that is not known."""
    uri: str
    """Path or address, without anything secret."""
    kind: Literal["file", "remote", "store", "memory"]
    """A file on this machine; something elsewhere; a store of many small objects, here or elsewhere; values that were
    in memory."""
    version: dict[str, Any] | None = None
    """What tells one content of an address from the next: ``etag``, ``modified``, ``size``."""
    slice: dict[str, Any] | None = None
    """What of the whole was asked for; None for all of it."""
    bytes: int | None = None
    """How much was read of it, or its whole size."""
    path: FilePath | None = None
    """Where a file was on the machine that the run was made on."""
    sha256: Digest | None = None
    """Digest of its content (``file``, ``remote``), of the objects that were read (``store``) or of the values that
    were used (``memory``, and services that answer with values). None when it could not be told."""
    about: dict[str, str] | None = None
    """What the data or their catalogue say of themselves: title, how to cite them, owner, licence."""
    pieces: dict[str, str] | None = None
    """Digests of what was read of something large, by key, by range of bytes, or by range of a variable
    (``u10[0:3,2:5]``): ``sha256`` is over these."""
    digest_of: Literal["values"] | None = None
    """Whether digests are over values, with units and labels, since no file is known that holds them; None when they
    are over bytes."""

    @model_validator(mode="after")
    def _names_a_file(self) -> Self:
        if self.kind == "file":
            checked_path(self.uri)
        return self


class Artefact(Record):
    """Something that was prepared for the run, and that another run may use."""

    field: str | None = None
    """Where the description has the object that prepared it."""
    recipe_sha256: str | None = None
    """Digest of what it is made of and how; None when that is in doubt."""
    recipe: dict[str, Any] | None = None
    """What it is made of, as far as the description and the contents of files that it names settle it; None when that
    is much."""
    doubts: list[str] = Field(default_factory=list)
    """Why nobody can tell whether another one is the same."""
    folder: FolderInside = "."
    """Where its files are, relative to the workspace."""
    files: list[Inside] = Field(default_factory=list)
    """Their names relative to that folder."""
    value: Any = None
    """What preparing it gave."""
    inputs: list[int] = Field(default_factory=list)
    """What was read for it: positions in the inputs of the run."""
    besides: list[int] = Field(default_factory=list)
    """Those among them that the recipe does not name."""
    origin: str | None = None
    """The workspace that it was taken from; None when it was made."""

    @property
    def paths(self) -> list[str]:
        """Its files relative to the workspace."""
        return self.files if self.folder == "." else [f"{self.folder}/{name}" for name in self.files]


class FileIdentity(Record):
    """A file of the workspace: its size and digest, or where it links to."""

    bytes: int | None = None
    sha256: Digest | None = None
    link: str | None = None


class Plugin(Record):
    """An entry point that took part."""

    group: str
    name: str
    distribution: str
    version: str


class Commit(Record):
    """State of the git work tree that code or a template comes from."""

    commit: str | None = None
    dirty: bool | None = None
    """Whether something was changed since the commit, or is not under version control."""


class Template(Record):
    """The template of the input files."""

    uri: str
    sha256: Digest | None = None
    """Digest over names and contents of its files."""
    git: Commit | None = None
    path: str | None = None
    """Where its folder, or the copy of its repository, was on the machine that the run was made on; None when a
    package brings it."""


class Code(Record):
    """By what the run was made."""

    rompy: str | None = None
    python: str | None = None
    distributions: dict[str, str] = Field(default_factory=dict)
    """Versions of all installed distributions of which something was imported."""
    plugins: list[Plugin] = Field(default_factory=list)
    git: dict[str, Commit] = Field(default_factory=dict)
    """Of distributions that are installed from a folder to be edited."""
    template: Template | None = None
    own: dict[str, str] = Field(default_factory=dict)
    """Digests of code that no version tells apart, by its top-level module: packages installed to be edited, and
    modules that no package installed."""
    installed_sha256: str | None = None
    """Digest of names and versions of all that was installed, imported or not."""
    builds_sha256: str | None = None
    """Digest over the lists of the files of all that was installed: tells builds of one version apart."""


class Span(Record):
    """When a phase began and ended (UTC)."""

    started: Moment | None = None
    ended: Moment | None = None


@with_config(_OPEN)
class Executed(TypedDict, total=False):
    """A program or library that took part; kept as the plain values that it is recorded as."""

    bytes: int | None
    sha256: Digest | None


@with_config(_OPEN)
class Executable(Executed, total=False):
    """The program of the model, and what else took part."""

    path: FilePath
    programs: dict[FilePath, Executed]
    """All that were started, by path."""
    libraries: dict[FilePath, Executed]
    """That they loaded, by path."""
    seen: bool
    """Whether they were seen where the model ran, rather than looked up."""


@with_config(_OPEN)
class Image(TypedDict, total=False):
    """What tells one image of a container from another."""

    name: str | None
    id: str | None
    digests: list[str]


class RunPhase(Span):
    """One attempt at running the model."""

    attempt: int
    backend: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    """Of the backend; secrets are masked."""
    command: list[str] = Field(default_factory=list)
    state: str
    exit_code: int | None = None
    reason: str | None = None
    host: str | None = None
    resources: dict[str, int | float | None] | None = None
    executable: Executable | None = None
    image: Image | None = None
    """Of the container."""
    machine: dict[str, Any] | None = None
    """What results may depend on of the machine, or the node of a cluster, that the model ran on; None when nobody
    looked."""
    modules: list[str] | None = None
    """Environment modules that were loaded where the model ran."""


class PostprocessPhase(Span):
    """One call of a postprocessor."""

    processor: str
    settings: dict[str, Any] = Field(default_factory=dict)
    state: str
    reason: str | None = None
    host: str | None = None
    outputs: list[str] | None = None
    """Names of the files that it wrote; None in records of earlier versions."""


class Phases(Record):
    """The phases so far."""

    generate: Span | None = None
    run: list[RunPhase] = Field(default_factory=list)
    postprocess: list[PostprocessPhase] = Field(default_factory=list)


class Statistics(Record):
    """Of the values of a variable; None where there are none."""

    count: int
    """Values that are there."""
    missing: int = 0
    """Values that are not: NaN, fill values."""
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    """Standard deviation of the population."""


class Output(FileIdentity):
    """A file that the model or a postprocessor wrote."""

    variables: dict[str, Statistics] = Field(default_factory=dict)
    """Of netCDF files and heads of Zarr groups: statistics of their numerical variables."""
    version: dict[str, Any] | None = None
    """``sample_sha256`` of a file that was too large to be read whole."""
    modified_ns: int | None = None
    """Of a file whose content has not been read yet: when it was last changed (ns since 1970)."""


class Manifest(Record):
    """The whole record."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    run_id: str | None = None
    model_type: str | None = None
    description: Description = Field(default_factory=Description)
    inputs: list[Input] = Field(default_factory=list)
    artefacts: list[Artefact] = Field(default_factory=list)
    """What was prepared piece by piece."""
    files: dict[Inside, FileIdentity] = Field(default_factory=dict)
    """Generated files, by path relative to the workspace."""
    code: Code = Field(default_factory=Code)
    host: dict[str, Any] = Field(default_factory=dict)
    """Machine that the run was generated on."""
    modules: list[str] = Field(default_factory=list)
    """Environment modules that were loaded there."""
    variables: dict[str, str] = Field(default_factory=dict)
    """Variables of the environment that generated files may depend on, as far as they were set."""
    phases: Phases = Field(default_factory=Phases)
    outputs: dict[Inside, Output] = Field(default_factory=dict)
    """By path relative to the workspace."""
    self_sha256: str | None = None
    """Digest of the rest of the record; None in manifests of schema 1."""
    is_edited: bool = Field(default=False, exclude=True)
    """Whether the record is not as rompy wrote it; such a one is read only on demand."""
