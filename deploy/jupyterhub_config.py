"""JupyterHub's configuration for a workshop on one machine. `make hub` starts it; docs/instructor/hub.md explains it.

It reads the hub's folder from BATCHNORM_HUB, and from state/settings.json there what `make hub` was asked for.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from hub import authenticator, class_service, prepare, spawner  # noqa: E402 (their folder has to be known first)
from hub.layout import Layout  # noqa: E402

layout = Layout(Path(os.environ["BATCHNORM_HUB"]))
settings = layout.read_settings()
c = get_config()  # noqa: F821 (JupyterHub puts it here)

authenticator.configure(c)
c.CourseAuthenticator.enable_signup = not settings["closed"]
spawner.configure(c, layout, settings)

# Where it listens. The hub itself and the proxy's own interface are on loopback, behind tokens made at each start.
scheme = "https" if settings["certificate"] else "http"
c.JupyterHub.bind_url = f"{scheme}://{settings['address']}:{settings['port']}/"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{settings['hub_port']}/hub/"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings['proxy_port']}"
if settings["certificate"]:
    c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = settings["certificate"], settings["key"]
    c.JupyterHub.tornado_settings = {"cookie_options": {"secure": True}}  # no cookie ever travels in the clear
node = prepare.node_folder() / "bin" / "node"
chp = layout.proxy / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
c.ConfigurableHTTPProxy.command = [str(node), str(chp)]

# What a restart finds again: accounts and running servers, login cookies, the old proxy (to end it).
c.JupyterHub.db_url = f"sqlite:///{layout.database}"
c.JupyterHub.upgrade_db = True  # after an update of JupyterHub; it keeps a copy
c.JupyterHub.cookie_secret_file = str(layout.state / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(layout.state / "proxy.pid")
c.JupyterHub.cleanup_servers = False

# Services end with the hub, however it ends: a second copy of one would be left behind otherwise.
with_the_hub = ["setpriv", "--pdeathsig", "TERM", sys.executable]
idle = settings["idle_minutes"] * 60
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [
            *with_the_hub, "-m", "jupyterhub_idle_culler",
            f"--timeout={round(idle)}", f"--cull-every={max(1, round(min(idle / 2, 300)))}",
        ],
    },
    {
        "name": class_service.NAME,
        "url": f"http://127.0.0.1:{settings['class_port']}",
        "command": [*with_the_hub, str(ROOT / "tools" / "hub"), "--directory", str(layout.root), "serve-class"],
        "display": False,
        "oauth_no_confirm": True,
    },
]  # fmt: skip

# The instructor approves sign-ups and starts and stops servers, but is no JupyterHub admin: an admin could open a
# learner's server, and read there what the learner has not agreed to show.
c.JupyterHub.load_roles = [
    {
        "name": "instructor",
        "users": settings["instructors"],
        "scopes": [
            "admin-ui",
            "admin:users",
            "servers",
            "list:services",
            f"access:services!service={class_service.NAME}",
        ],
    },
    {
        "name": "idle-culler",
        "services": ["idle-culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    },
]
