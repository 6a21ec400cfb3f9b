"""A profile as YAML for people: what is known, in the order of the layout, with an example of what can be added."""

from __future__ import annotations

from rompy.core.describing.dump import to_yaml
from rompy.sites.profile import SiteProfile

_EXAMPLE = """
# Settings that hold where a run leaves them open, by the type of its backend; and rules of success by model.
# settings:
#   {kind}:
#     account: ab12
#     queue: {queue}
#     modules: [openmpi, netcdf]
#     setup: ["ulimit -s unlimited"]
#     directives: {{constraint: haswell}}
# success:
#   swan: {{must_exist: [norm_end]}}
"""


def yaml_of(profile: SiteProfile) -> str:
    """Text of a file that ``SiteProfile.load`` reads."""
    data = profile.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    data = {"rompy_site": profile.rompy_site, "name": profile.name, **data}
    if profile.containers is not None:
        data["containers"] = {
            name: runtime.model_dump(mode="json", exclude_none=True)
            for name, runtime in profile.containers.items()
        }
    text = to_yaml(data)
    return text if profile.settings else text + _example(profile)


def _example(profile: SiteProfile) -> str:
    kind, scheduler = next(iter(profile.schedulers.items()), ("slurm", None))
    queue = scheduler and (scheduler.default_queue or next(iter(scheduler.queues), None))
    return _EXAMPLE.format(kind=kind, queue=queue or "normal")
