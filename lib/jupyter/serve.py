"""Runs JupyterLab, with the configuration of its own environment alone: nothing of the machine's."""

import sys

from jupyter_core import paths

paths.SYSTEM_CONFIG_PATH.clear()

from jupyterlab.labapp import main  # noqa: E402

sys.exit(main())
