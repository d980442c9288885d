"""On what something was measured; no name, no path."""

import os
import platform


def describe():
    """Cores, system and Python of this machine."""
    system = f"{platform.system()} {platform.machine()}"
    return {"cores": os.cpu_count(), "system": system, "python": ".".join(platform.python_version_tuple()[:2])}
