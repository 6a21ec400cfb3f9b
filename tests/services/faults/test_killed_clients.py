"""Kill -9 of the client at random instants: the model runs once or never, and everybody is told the truth."""

import pytest

from rompy.backends import LocalConfig
from rompy.run import LocalRunBackend

MODELS = {"run": "echo x >> ran; sleep 0.5; echo y > out"}


class Run:
    config = None

    def __init__(self, folder):
        self.staging_dir, self.run_id = folder, folder.name


@pytest.mark.parametrize("phase", ["submit", "run", "post-run"])
def test_ten_instants(killed_clients, told, processes_of, wait_for, tmp_path, phase):
    top = tmp_path / "größe 'x\" $HOME"
    command = MODELS.get(phase, "echo x >> ran; echo y > out")
    killed_clients(phase, top, {"type": "local", "command": command})
    rows = told(top)
    seen = set()
    places = [top / str(number) for number in range(10)]
    for place in places:
        ran = (place / "ran").read_text() if (place / "ran").exists() else ""
        state = rows[place.name]["state"] if place.name in rows else None
        seen.add(state)
        if state == "succeeded":
            assert (ran, (place / "out").read_text()) == ("x\n", "y\n")
        else:  # killed before there was anything to start it
            assert (phase, ran) == ("submit", "")
            assert state in (None, "lost")
            assert state is None or "nothing was started" in rows[place.name]["reason"]
    assert "succeeded" in seen
    assert phase != "submit" or len(seen) > 1
    wait_for(lambda: processes_of(top) == [])  # a supervisor takes a moment to go after its result
    for place in places:  # nothing is left locked
        assert LocalRunBackend().run(Run(place), LocalConfig(command="true"), place)
