"""The description of a run of MyModel."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from rompy.core.config import BaseConfig
from rompy.core.data import DataPoint
from rompy.core.launch import Launch


class MyModelConfig(BaseConfig):
    """Waves that wind raises over a fetch."""

    model_type: Literal["mymodel"] = "mymodel"  # type: ignore[assignment]
    """Tells this model from others in a description."""
    template: str | None = str(Path(__file__).parent / "templates" / "mymodel")
    """Folder of the template."""
    fetch_m: float = Field(gt=0)
    """Length of water that the wind blows over (m)."""
    wind: DataPoint
    """Wind speed at 10 m (m s-1) over time (UTC), in a variable called wind_speed."""

    def __call__(self, runtime: Any) -> dict[str, Any]:
        """Write the wind of the run's period; return what the template sees as ``config``."""
        wind = self.wind.get(runtime.staging_dir, time=runtime.period)
        return {"fetch_m": self.fetch_m, "wind": wind.name}

    def launch(self) -> Launch:
        """The model is a Python script that the template puts into the workspace."""
        return Launch(("python", "run_mymodel.py"), progress="progress.jsonl")
