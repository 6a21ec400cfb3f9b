"""What drives and turns the water beside gravity and friction, and the watch for a model that blows up.

ANUGA 4.1 has operators for wind and air pressure, but its wind stress is a thousand times too small (an air density in
g/cm3 among SI units) and its pressure gradient has the wrong sign, so these are our own. Each is applied after every
time step, to the cells' mean values, with the forcing of the middle of the step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from anuga.operators.base_operator import Operator
from numpy.typing import NDArray

from .problems import ModelDied

Floats = NDArray[np.float64]
Forcing = Callable[[float], Floats]
"""Values at the cells (or nodes) at a time of the run (s)."""

AIR_DENSITY = 1.225
"""kg m-3, dry air at 15 degrees C and 1013.25 hPa (International Standard Atmosphere)."""
WATER_DENSITY = 1025.0
"""kg m-3, sea water."""
EARTH_ROTATION = 7.292115e-5
"""rad s-1, the nominal mean angular velocity of the earth (WGS 84)."""
LARGEST_DRAG = 3.5e-3
"""Where the drag coefficient stops rising, at 41.5 m/s: in hurricane winds it does not go on (Powell, Vickery and
Reinhold, 2003, Nature 422, 279-283). The value is the limit that surge models commonly set."""
WIND_DEPTH_M = 0.05
"""Wind does not act on less water than this: over a film, a stress per unit area is any acceleration one likes."""
SHORTEST_STEP_S = 1e-5
"""A step this short belongs to a speed that no water has, even on cells of a centimetre."""


def drag_coefficient(speed: Floats) -> Floats:
    """Drag coefficient of the sea surface for the wind speed (m/s) at 10 m.

    Wu, J., 1982: Wind-stress coefficients over sea surface from breeze to hurricane. J. Geophys. Res. 87(C12),
    9704-9706: (0.8 + 0.065 U) 1e-3; capped at ``LARGEST_DRAG``.
    """
    return np.minimum((0.8 + 0.065 * speed) * 1e-3, LARGEST_DRAG)


def gradient_weights(nodes: Floats, corners: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """What to multiply the values at a triangle's corners by, and add up, for the slope of the plane through them.

    Args:
        nodes: x and y (m), shape (nodes, 2).
        corners: nodes of each triangle, counter-clockwise, shape (triangles, 3).

    Returns:
        Weights for d/dx and d/dy (m-1), each of shape (triangles, 3).
    """
    x, y = nodes[corners, 0], nodes[corners, 1]
    next_x, next_y = np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)
    last_x, last_y = np.roll(x, 1, axis=1), np.roll(y, 1, axis=1)
    doubled_area = (x * (next_y - last_y)).sum(axis=1, keepdims=True)
    return (next_y - last_y) / doubled_area, (last_x - next_x) / doubled_area


class StepOperator(Operator):
    """An operator that may be used on a mesh shared between ranks, and has nothing to say about itself."""

    def parallel_safe(self) -> bool:
        """It works on each cell by itself."""
        return True

    def statistics(self) -> str:
        """Nothing."""
        return ""

    def timestepping_statistics(self) -> str:
        """Nothing."""
        return ""

    def midstep(self) -> float:
        """Time of the run (s) in the middle of the step that was just made; ANUGA's clock still shows its beginning."""
        return float(self.domain.get_time() + 0.5 * self.domain.get_timestep())


class WindStress(StepOperator):
    """Stress of the wind on the water: d(uh)/dt = rho_air / rho_water Cd |W| W.

    Args:
        x_wind, y_wind: wind at 10 m at the cells (m/s), blowing towards +x and +y.
    """

    def __init__(self, domain: Any, x_wind: Forcing, y_wind: Forcing) -> None:
        super().__init__(domain)
        self._x_wind, self._y_wind = x_wind, y_wind

    def __call__(self) -> None:
        time = self.midstep()
        x_wind, y_wind = self._x_wind(time), self._y_wind(time)
        speed = np.hypot(x_wind, y_wind)
        gain = drag_coefficient(speed)
        gain *= speed
        gain *= self.domain.get_timestep() * AIR_DENSITY / WATER_DENSITY
        gain *= self.stage_c - self.elev_c > WIND_DEPTH_M
        self.xmom_c += gain * x_wind
        self.ymom_c += gain * y_wind


class PressureGradient(StepOperator):
    """The slope of the air pressure: d(uh)/dt = -h / rho_water dp/dx.

    The pressure is taken at the mesh's nodes; in each triangle its gradient is that of the plane through the three.

    Args:
        pressure: air pressure at the nodes (Pa).
    """

    def __init__(self, domain: Any, pressure: Forcing) -> None:
        super().__init__(domain)
        self._pressure = pressure
        self._corners = domain.triangles
        self._x_weights, self._y_weights = gradient_weights(domain.get_nodes(), domain.triangles)

    def __call__(self) -> None:
        pressure = self._pressure(self.midstep())[self._corners]
        gain = np.maximum(self.stage_c - self.elev_c, 0.0)
        gain *= -self.domain.get_timestep() / WATER_DENSITY
        self.xmom_c += gain * np.einsum("ij,ij->i", pressure, self._x_weights)
        self.ymom_c += gain * np.einsum("ij,ij->i", pressure, self._y_weights)


class Rain(StepOperator):
    """Rain: the level rises by what has fallen.

    What falls counts in ANUGA's books of water that operators bring, once: cells that a rank only mirrors from its
    neighbours do not count.

    Args:
        rate: rain at the cells (mm/h).
    """

    METRES_PER_SECOND = 1e-3 / 3600.0
    """One mm/h."""

    def __init__(self, domain: Any, rate: Forcing) -> None:
        super().__init__(domain)
        self._rate = rate
        self._own_areas = domain.areas * (domain.tri_full_flag == 1)

    def __call__(self) -> None:
        fallen = self._rate(self.midstep()) * (self.domain.get_timestep() * self.METRES_PER_SECOND)
        self.stage_c += fallen
        self.domain.fractional_step_volume_integral += float(fallen @ self._own_areas)


class Coriolis(StepOperator):
    """Rotation of the earth on an f-plane: d(uh)/dt = f vh, d(vh)/dt = -f uh, with f = 2 Omega sin(latitude).

    Over one step that is exactly a turn by f dt, to the right in the north; so no energy is made or lost.

    Args:
        latitude_deg: negative in the south.
    """

    def __init__(self, domain: Any, latitude_deg: float) -> None:
        super().__init__(domain)
        self.frequency = 2.0 * EARTH_ROTATION * math.sin(math.radians(latitude_deg))

    def __call__(self) -> None:
        angle = self.frequency * self.domain.get_timestep()
        cosine, sine = math.cos(angle), math.sin(angle)
        x_before = self.xmom_c.copy()
        self.xmom_c *= cosine
        self.xmom_c += sine * self.ymom_c
        self.ymom_c *= cosine
        self.ymom_c -= sine * x_before


class Watch(StepOperator):
    """Ends a run that has blown up, at the step in which it did, and says where. To be added last."""

    def __call__(self) -> None:
        total = self.stage_c.sum() + self.xmom_c.sum() + self.ymom_c.sum()
        if not math.isfinite(total):
            self._find_no_number()
        if self.domain.flux_timestep * self.domain.CFL < SHORTEST_STEP_S:
            self._find_fastest()

    def _find_no_number(self) -> None:
        finite = np.isfinite(self.stage_c) & np.isfinite(self.xmom_c) & np.isfinite(self.ymom_c)
        lost = np.flatnonzero(~finite)
        if lost.size:
            place = self._place(int(lost[0]), lost.size)
            raise ModelDied(f"the model blew up: level or flow is not a number any more {place}")

    def _find_fastest(self) -> None:
        """Of ranks that share a mesh, the one that has the cell speaks; the step is the same for all."""
        waves = np.maximum(self.domain.max_speed, np.finfo(float).tiny)
        steps = self.domain.radii / waves
        cell = int(np.argmin(steps))
        if steps[cell] <= 2.0 * self.domain.flux_timestep:
            raise ModelDied(
                f"the model blew up: the time step fell below {SHORTEST_STEP_S:g} s, as waves run at "
                f"{waves[cell]:.3g} m/s {self._place(cell, 1)}"
            )

    def _place(self, cell: int, cells: int) -> str:
        x, y = self.domain.get_centroid_coordinates(absolute=True)[cell]
        depth = self.stage_c[cell] - self.elev_c[cell]
        others = f" and {cells - 1} more cells" if cells > 1 else ""
        return (
            f"at {self.domain.get_time():.3f} s, x {x:.1f} y {y:.1f}{others} "
            f"(bed {self.elev_c[cell]:.2f} m, depth {depth:.3g} m)"
        )
