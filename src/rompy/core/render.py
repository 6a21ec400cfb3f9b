"""Renders a template folder into a workspace, by cookiecutter's conventions and in a sandbox.

The template's project is the child folder whose name holds ``runtime`` between Jinja delimiters, such as
``{{runtime.staging_dir}}``. File contents, file names and folder names are rendered; binary files are copied; modes,
newline style and trailing newlines are kept. Hooks of a template are never executed.
"""

from __future__ import annotations

import logging
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy import ROOT_DIR
from rompy.core import atomic
from rompy.errors import ConfigError, MissingFileError
from rompy.inputs import note_template

if TYPE_CHECKING:
    from jinja2 import Environment

logger = logging.getLogger(__name__)

_EXTENSIONS = (
    "cookiecutter.extensions.JsonifyExtension",
    "cookiecutter.extensions.RandomStringExtension",
    "cookiecutter.extensions.SlugifyExtension",
    "cookiecutter.extensions.TimeExtension",
    "cookiecutter.extensions.UUIDExtension",
)


def render(
    context: dict[str, Any], template: str | Path | None, output_dir: str | Path, checkout: str | None = None
) -> Path:
    """Render ``template`` with ``context`` and return the folder it went to.

    Existing files are overwritten, other files in the folder stay. A relative project name is taken below
    ``output_dir`` unless it names the run or its staging folder itself.

    Raises:
        MissingFileError: the template cannot be found.
        ConfigError: it has no project folder, uses an undefined name, or would write outside the workspace.
    """
    source = locate(template, checkout)
    note_template(_name_of(source) if Path(str(template)).expanduser() == source else str(template), source)
    project = _project_of(source)
    context = {"cookiecutter": {}, **context, "_template": _name_of(source)}
    environment = _environment(source)
    name = _rendered(environment, project.name, context, project)
    target = _target(name, Path(output_dir), context)
    for path, relative in _walk(project):
        parts = [_rendered(environment, part, context, path) for part in relative.parts]
        _write(environment, path, _inside(target, parts, path), context)
    return target


def locate(template: str | Path | None, checkout: str | None = None) -> Path:
    """Local folder of a template: itself, or a checked-out or unpacked copy when it is a repository or archive.

    Raises:
        ConfigError: there is no template.
        MissingFileError: there is no such folder, or it cannot be fetched.
    """
    if template is None:
        raise ConfigError("the configuration has no template", field="config.template")
    folder = Path(template).expanduser()
    if folder.is_dir():
        return folder
    from cookiecutter.exceptions import CookiecutterException
    from cookiecutter.repository import is_repo_url, is_zip_file
    from cookiecutter.vcs import clone
    from cookiecutter.zipfile import unzip

    name = str(template)
    try:
        if is_zip_file(name):
            return Path(unzip(name, is_url=is_repo_url(name), no_input=True))
        if is_repo_url(name):
            return Path(clone(name, checkout, no_input=True))
    except CookiecutterException as error:
        raise MissingFileError(
            f"template {name!r} cannot be fetched: {error}", field="config.template"
        ) from error
    raise MissingFileError(
        f"template folder {name!r} does not exist",
        hint="Give a folder, a zip file or the address of a git repository.",
        field="config.template",
    )


def _name_of(source: Path) -> str:
    """The template for templates to mention."""
    return name_in_package(source) or str(source)


def name_in_package(source: Path) -> str | None:
    """A name of a template that is the same on every host; None for those that no installed package brings."""
    paths = sysconfig.get_paths()
    for root in (paths["purelib"], paths["platlib"], str(ROOT_DIR.parent)):
        if source.is_relative_to(root):
            return source.relative_to(root).as_posix()
    return None


def _project_of(source: Path) -> Path:
    found = [
        child
        for child in sorted(source.iterdir())
        if child.is_dir() and "runtime" in child.name and "{{" in child.name and "}}" in child.name
    ]
    if len(found) != 1:
        raise ConfigError(
            f"template {source} holds {len(found)} project folders, expected one",
            hint="Its name must be rendered from the run, such as {{runtime.staging_dir}}.",
            field="config.template",
        )
    if (source / "hooks").is_dir():
        logger.warning("hooks of template %s are not executed", source)
    return found[0]


def _environment(source: Path) -> Environment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=FileSystemLoader(str(source)),
        undefined=StrictUndefined,
        extensions=list(_EXTENSIONS),
        keep_trailing_newline=True,
    )


def _target(name: str, output_dir: Path, context: dict[str, Any]) -> Path:
    runtime = context.get("runtime", {})
    staging = runtime.get("staging_dir")
    # Older templates call their project {{runtime.run_id}}, which means the workspace as well.
    if staging is not None and (
        name == runtime.get("run_id") or Path(name).absolute() == Path(staging).absolute()
    ):
        return Path(staging)
    target = output_dir / name
    if not target.resolve().is_relative_to(output_dir.resolve()):
        raise ConfigError(
            f"the template would write to {target}, outside {output_dir}", field="config.template"
        )
    return target


def _walk(project: Path) -> Iterator[tuple[Path, Path]]:
    for path in sorted(project.rglob("*")):
        yield path, path.relative_to(project)


def _inside(target: Path, parts: list[str], source: Path) -> Path:
    for part in parts:
        if part in ("", ".", "..") or "/" in part or "\\" in part:
            raise ConfigError(f"the name renders to {part!r}, which is not a plain file name", file=source)
    return target.joinpath(*parts)


def _write(environment: Environment, source: Path, target: Path, context: dict[str, Any]) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    data = source.read_bytes()
    text = _text(data)
    if text is None:
        atomic.write_bytes(target, data)
    else:
        newline = "\r\n" if "\r\n" in text else "\n"
        body = _rendered(environment, text.replace("\r\n", "\n"), context, source)
        atomic.write_bytes(target, body.replace("\n", newline).encode("utf-8"))
    shutil.copymode(source, target)


def _text(data: bytes) -> str | None:
    """Decoded content, or None when it is binary."""
    if b"\0" in data[:8192]:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _rendered(environment: Environment, text: str, context: dict[str, Any], source: Path) -> str:
    from jinja2 import TemplateError
    from jinja2.exceptions import TemplateSyntaxError

    try:
        return environment.from_string(text).render(context)
    except TemplateSyntaxError as error:
        raise ConfigError(f"template syntax: {error.message}", file=source, line=error.lineno) from error
    except TemplateError as error:
        raise ConfigError(f"template: {error.message}", file=source, line=_line_of(error)) from error


def _line_of(error: BaseException) -> int | None:
    """Line in the template where rendering failed, read from the traceback frames that Jinja rewrites."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
