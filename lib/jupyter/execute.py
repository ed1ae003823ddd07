"""Runs the notebook SOURCE to its end or its first failing cell and writes it to TARGET: SOURCE TARGET TIMEOUT_SECONDS.

Standard output tells how far it is, a line "done of" at a time. The exit status is 3 when a cell failed, 4 when it took too long."""

import os
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

source, target, timeout = sys.argv[1], sys.argv[2], int(sys.argv[3])
notebook = nbformat.read(source, as_version=4)


def report(cell_index, **_):
    print(cell_index, len(notebook.cells), flush=True)


client = NotebookClient(
    notebook,
    kernel_name="imagelab",
    timeout=timeout,
    startup_timeout=60,
    record_timing=False,
    coalesce_streams=True,
    resources={"metadata": {"path": os.path.dirname(source)}},
    on_cell_start=report,
)
try:
    client.execute()
except CellTimeoutError as failure:  # what its kernel says about being ended is not the reason
    print(failure, file=sys.stderr)
    nbformat.write(notebook, target)
    sys.exit(4)
except (CellExecutionError, DeadKernelError) as failure:
    print(failure, file=sys.stderr)
    nbformat.write(notebook, target)
    sys.exit(3)
nbformat.write(notebook, target)
