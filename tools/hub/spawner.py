"""A learner's server: as the learner's own system user, with limits that its processes inherit."""

import asyncio
import os
import pwd
import resource

from jupyterhub.spawner import LocalProcessSpawner, set_user_setuid

from . import accounts

PROCESSES = 500


class CourseSpawner(LocalProcessSpawner):
    """LocalProcessSpawner for the system user "bn-NAME", with `mem_limit` as each process's address space."""

    def user_env(self, env):
        """The environment with the learner's USER, HOME and SHELL."""
        user = pwd.getpwnam(accounts.account_of(self.user.name))
        return {**env, "USER": user.pw_name, "LOGNAME": user.pw_name, "HOME": user.pw_dir, "SHELL": "/bin/bash"}

    def make_preexec_fn(self, name):
        """What the child does before it becomes the server: limits, then the learner's user, then a private umask."""
        become_the_learner = set_user_setuid(accounts.account_of(name))
        limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_NPROC: PROCESSES}
        if self.mem_limit:
            limits[resource.RLIMIT_AS] = int(self.mem_limit)

        def preexec():
            for which, most in limits.items():
                resource.setrlimit(which, (most, most))
            become_the_learner()
            os.umask(0o077)

        return preexec


def has_systemd():
    """Whether systemd runs this machine: then its spawner limits all of a learner's processes together."""
    return os.path.isdir("/run/systemd/system")


def configure(c, layout, settings):
    """Set how servers are started in JupyterHub's configuration `c`."""
    if has_systemd():
        c.JupyterHub.spawner_class = "systemd"
        c.SystemdSpawner.username_template = accounts.PREFIX + "{USERNAME}"
        c.SystemdSpawner.unit_name_template = "batchnorm-course-{USERNAME}"
        c.SystemdSpawner.unit_extra_properties = {"UMask": "0077", "TasksMax": str(PROCESSES)}
        c.SystemdSpawner.default_shell = "/bin/bash"
    else:
        c.JupyterHub.spawner_class = CourseSpawner
    c.Spawner.mem_limit = int(settings["memory"] * 1e9)
    c.Spawner.cpu_limit = settings["cores"]  # systemd enforces it; everywhere the course starts no more processes
    c.Spawner.cmd = [str(layout.python), str(layout.scripts / "start_server.py")]
    c.Spawner.default_url = "/lab/tree/batchnorm-course/notebooks/00_start_here.ipynb"
    c.Spawner.env_keep = ["LANG", "LC_ALL", "TZ"]
    c.Spawner.start_timeout = 300
    c.Spawner.http_timeout = 300
    c.Spawner.poll_interval = 10

    async def before(spawner):
        name = spawner.user.name
        await asyncio.to_thread(accounts.ensure, layout, name)
        spawner.environment = {
            "PATH": f"{layout.python.parent}:/usr/local/bin:/usr/bin:/bin",
            "JUPYTER_RUNTIME_DIR": str(layout.run(name)),
            "JUPYTER_CONFIG_PATH": str(layout.jupyter),
            "GIT_CONFIG_SYSTEM": str(layout.git_config),
            "NBGITPULLER_DEPTH": "0",
            "BATCHNORM_COURSE_REPOSITORY": f"file://{layout.repository}",
            **({"BATCHNORM_COURSE_DATA": settings["data"]} if settings.get("data") else {}),
        }

    c.Spawner.pre_spawn_hook = before
