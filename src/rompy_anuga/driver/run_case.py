"""Run the shallow-water case that a case file describes.

    python run_case.py case.json            run it
    python run_case.py --check case.json    read and check everything, run nothing
    mpiexec -n 4 python run_case.py case.json

This file and the folder ``shallow_water`` beside it are copied, as they are, into the folder of each case. They need
anuga with what it depends on (numpy, netCDF4), and mpi4py for more than one rank; they never need rompy. So the folder
runs wherever those are installed: here, in a container, on a node.

Everything in the case file is relative to the case file's folder. Written there: ``<name>.sww`` (the model's output),
``progress.jsonl`` (a line per output time, to follow a run) and, when all is well, ``run.json`` (what it took and how
well water was conserved).

Exit status: 0 all is written, 1 the model died, 2 something in the case or its files is wrong. What is wrong is one
line on stderr.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.dont_write_bytecode = True  # the folder is to hold what the model reads and writes, nothing else

    from shallow_water.program import main  # type: ignore[import-not-found]

    sys.exit(main(sys.argv[1:]))
