"""What the success of well-known models looks like, and which rules hold for a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rompy.core.success import Success
    from rompy.sites.profile import SiteProfile

READY: dict[str, dict[str, Any]] = {
    # Writes its errors to Errfile (Errfile-001 ... with MPI) and may end with 0; norm_end is made at a normal end only.
    "swan": {"must_not_exist": ("Errfile*", "errfile*"), "must_exist": ("norm_end",)},
    # mpirun returns 0 after its ABORT; fatal.error is opened at the start and stays empty when all is well.
    "schism": {
        "must_not_exist": ("fatal.error", "outputs/fatal.error"),
        "must_not_match": (
            {"file": "stdout", "pattern": r"\bABORT\b"},
            {"file": "stderr", "pattern": r"\bABORT\b"},
        ),
    },
    # Several programs in a script, which goes on after one of them has stopped.
    "ww3": {
        "must_not_match": (
            {"file": "stdout", "pattern": r"\*\*\* ?(WAVEWATCH[- ]III|ERROR|WW3)[^*]*ERROR"},
            {"file": "stderr", "pattern": r"\*\*\* ?(WAVEWATCH[- ]III|ERROR|WW3)[^*]*ERROR"},
        ),
    },
    # XBerror.txt is opened at the start; the log ends with these words at a normal end only.
    "xbeach": {
        "must_not_exist": ("XBerror.txt",),
        "must_match": ({"file": "XBlog.txt", "pattern": r"End of program xbeach"},),
    },
}
"""Rules by the beginning of a configuration's ``model_type``."""


def success_rules(model_run: Any, config: Any = None) -> Success | None:
    """The rules for a run: those of the backend's settings and of the model's configuration together.

    The settings' ``success`` is added to what the configuration says (``succeeds_when``); a configuration that says
    nothing gets the rules that the profile of the site has for its ``model_type``, else the ready ones. ``success: {}``
    in the settings switches all of these off: then only the exit code counts.
    """
    own = getattr(config, "success", None)
    if own is not None and not own:
        return None
    said = _said_by(getattr(model_run, "config", None), getattr(config, "site_profile", None))
    if own is not None:
        said = own + said
    return said or None


def ready_rules(model_type: str) -> Success | None:
    """The ready rules for a ``model_type`` such as ``swan`` or ``schism_csiro``; None when there are none."""
    from rompy.core.success import Success

    for name, rules in READY.items():
        if model_type == name or model_type.lower().startswith((name, f"nml_{name}")):
            return Success.model_validate(rules)
    return None


def _said_by(configuration: Any, site: SiteProfile | None) -> Success | None:
    from rompy.core.success import Success

    hook = getattr(configuration, "succeeds_when", None)
    said = hook() if callable(hook) else None
    if isinstance(said, Success):
        return said
    model_type = str(getattr(configuration, "model_type", ""))
    of_the_site = site.success_for(model_type) if site is not None else None
    return ready_rules(model_type) if of_the_site is None else of_the_site
