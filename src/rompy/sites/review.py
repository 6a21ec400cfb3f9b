"""Looks a profile over: settings that no backend would take, and facts that are not so any more."""

from __future__ import annotations

from pydantic import ValidationError

from rompy import plugins
from rompy.core.describing.explain import explain
from rompy.core.describing.surroundings import with_text_values
from rompy.errors import PluginError, RompyError
from rompy.sites.profile import SiteProfile

GROUP = "rompy.backend.config"


def review(profile: SiteProfile) -> tuple[list[str], list[str]]:
    """Mistakes in a profile, with file and line, and remarks on what cannot be checked here."""
    mistakes: list[str] = []
    remarks: list[str] = []
    known = {plugin.name for plugin in plugins.entries(GROUP)}
    for kind in profile.settings:
        if kind not in known:
            remarks.append(f"settings.{kind}: nobody here provides a backend of this type; not checked")
            continue
        try:
            mistakes += _mistakes(profile, kind)
        except PluginError as error:
            remarks.append(f"settings.{kind}: {error.message}; not checked")
    for kind, scheduler in profile.schedulers.items():
        if scheduler.default_queue and scheduler.queues and scheduler.default_queue not in scheduler.queues:
            path = ("schedulers", kind, "default_queue")
            mistakes.append(str(profile.source.error(f"there is no queue {scheduler.default_queue!r}", path)))
    return mistakes, remarks


def _mistakes(profile: SiteProfile, kind: str) -> list[str]:
    try:
        settings = profile.settings_for(kind)
    except RompyError as error:
        return [str(error)]  # a variable that is not set here
    if settings is None:
        return []
    cls = plugins.load(GROUP, kind)
    try:
        cls.model_validate(with_text_values(settings.without("type", "site")).data)
    except ValidationError as error:
        wrong = [line for line in error.errors() if line["type"] != "missing"]
        if not wrong:
            return []  # what has to be given, the run will give
        explained = explain(error, settings, cls)
        problems = getattr(explained, "problems", None) or [explained]
        return [str(problem) for problem in problems if problem.message != "is missing"]
    return []


def differences(profile: SiteProfile, found: SiteProfile) -> list[str]:
    """Where the facts of a profile are not those of the machine that was looked at."""
    told = _facts(profile.model_dump(mode="json"))
    there = _facts(found.model_dump(mode="json"))
    return [
        f"{name}: the profile says {told[name]}, this machine says {there.get(name)}"
        for name in sorted(told)
        if told[name] is not None and there.get(name) != told[name]
    ]


_COMPARED = ("schedulers", "modules", "containers", "mpi", "python")


def _facts(data: object, path: tuple[str, ...] = ()) -> dict[str, object]:
    if isinstance(data, dict):
        inner = data.items() if path else ((key, data.get(key)) for key in _COMPARED)
        return {name: value for key, item in inner for name, value in _facts(item, (*path, str(key))).items()}
    return {".".join(path): data}
