"""`framewire`: the command line. Each file of this package holds the commands of one noun.

Data go to stdout, logs and progress to stderr. Exit codes: 0 done, 1 failed, 2 usage, 3 partly done.
"""

from monitor.cli.app import main

__all__ = ["main"]
