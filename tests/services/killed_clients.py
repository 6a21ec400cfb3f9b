"""Clients that are killed (-9) at random instants, each a process of its own.

Usage: python killed_clients.py PHASE SEED COUNT FOLDER SETTINGS

PHASE is where the instant lies:

* ``submit``: anywhere in the call of ``submit``, from its first step to its last;
* ``run``: while the client waits for a model that runs;
* ``post-run``: between the end of the model and the client's own end.

An instant of ``submit`` and ``post-run`` is a number of steps of the interpreter (calls and returns), drawn from all
that an undisturbed client takes: this hits every moment, however fast the machine is. SETTINGS is JSON with ``type``.
The runs are the folders ``0``, ``1`` ... below FOLDER, and ``first`` and ``undisturbed``. Prints the instants.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from rompy.backends.load import load_backend_config
from rompy.jobs.result import read_result


class Run:
    """What a backend sees of a ModelRun."""

    config = None

    def __init__(self, folder):
        self.staging_dir, self.run_id = folder, folder.name


class Steps:
    """Counts steps of this process, and kills it at one of them."""

    def __init__(self, last=None):
        self.count, self.last = 0, last

    def __call__(self, frame, event, argument):
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def __enter__(self):
        sys.setprofile(self)
        return self

    def __exit__(self, *error):
        sys.setprofile(None)


def submit(config, folder):
    return config.get_backend_class()().submit(Run(folder), config, folder)


def killed_in_submit(config, folder, last):
    with Steps(last) as steps:
        submit(config, folder)
    return steps.count


def killed_after_the_run(config, folder, last):
    job = submit(config, folder)
    while read_result(folder) is None:
        time.sleep(0.01)
    with Steps(last) as steps:
        job.wait()
    return steps.count


def killed_in_the_run(config, folder, report):
    job = submit(config, folder)
    os.write(report, b"submitted")
    job.wait()


def in_a_process(task, *arguments, kill_after=None):
    """Calls a function in a child; what it returned, or None when it was killed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            os.write(write, b"%d" % (task(*arguments, *([write] if kill_after is not None else [])) or 0))
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    if kill_after is not None:
        os.read(read, 100)
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    answer = os.read(read, 100)
    os.close(read)
    if os.WIFSIGNALED(status):
        return None
    if os.WEXITSTATUS(status):
        raise SystemExit("a client failed by itself")
    return int(answer or b"0")


def main(phase, seed, count, folder, settings):
    chance, config = random.Random(int(seed)), load_backend_config(json.loads(settings))
    places = [Path(folder, name) for name in ("undisturbed", *map(str, range(int(count))))]
    submit(
        config, Path(folder, "first")
    ).wait()  # imports what a submission needs, which takes most of its steps
    if phase == "run":
        instants = [chance.uniform(0, 0.5) for _ in places[1:]]
        for place, instant in zip(places[1:], instants, strict=True):
            in_a_process(killed_in_the_run, config, place, kill_after=instant)
    else:
        task = killed_in_submit if phase == "submit" else killed_after_the_run
        whole = in_a_process(task, config, places[0], None)
        instants = sorted(chance.sample(range(1, whole), int(count)))
        for place, instant in zip(places[1:], instants, strict=True):
            in_a_process(task, config, place, instant)
    print(json.dumps(instants))


if __name__ == "__main__":
    main(*sys.argv[1:])
