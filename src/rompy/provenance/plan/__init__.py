"""What of a run is there already, and what has to be made: told beforehand, and used by ``--reuse``.

A wrong reuse is worse than none. What is not known for certain to be the same is made anew, and the reason is told.
"""

from rompy.provenance.plan.key import generated_key
from rompy.provenance.plan.planning import Plan, Step, plan_of

__all__ = ["Plan", "Step", "generated_key", "plan_of"]
