"""Sign-up and login: NativeAuthenticator with strict names and passwords, and the instructor's account."""

import contextlib

import bcrypt
from jupyterhub.handlers.login import LoginHandler
from jupyterhub.orm import new_session_factory
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.orm import UserInfo

from .accounts import NAME, account_of
from .layout import HubError

SHORTEST, LONGEST = 10, 72  # characters; bytes, of which bcrypt takes no more
FAILED_LOGINS, WAIT_SECONDS = 5, 300


REFUSED = "Wrong name or password, too many tries, or the instructor has not let you in yet."


class CourseLoginHandler(LoginHandler):
    """JupyterHub's login page: that of NativeAuthenticator 1.3 needs an older JupyterHub.

    One sentence for all refusals, so that it tells no guesser which of them it was.
    """

    def _render(self, login_error=None, username=None, **kwargs):
        if login_error == "Invalid username or password":
            login_error = REFUSED
        return super()._render(login_error=login_error, username=username, **kwargs)


class CourseAuthenticator(NativeAuthenticator):
    """Names that can become system users, passwords of 10 characters or more, and 5 wrong logins at most."""

    def validate_username(self, username):
        """Whether the name can become a system user."""
        try:
            account_of(username)
        except HubError:
            return False
        return super().validate_username(username)

    def get_handlers(self, app):
        """NativeAuthenticator's pages, with the login page of JupyterHub."""
        others = [handler for handler in super().get_handlers(app) if handler[0] != "/login"]
        return [("/login", CourseLoginHandler), *others]

    def is_password_strong(self, password):
        """Whether it is long enough, not among the common ones, and not longer than bcrypt takes."""
        return len(password.encode()) <= LONGEST and super().is_password_strong(password)

    async def authenticate(self, handler, data):
        """The learner's name, or None; a password that nobody can have is wrong rather than an error."""
        if len(data["password"].encode()) > LONGEST:
            return None
        return await super().authenticate(handler, data)


def configure(c):
    """Set the rules of sign-up and login in JupyterHub's configuration `c`."""
    c.JupyterHub.authenticator_class = CourseAuthenticator
    c.JupyterHub.template_vars = {"announcement_login": 'New here? <a href="/hub/signup">Sign up</a> first.'}
    c.CourseAuthenticator.username_pattern = f"^{NAME}$"
    c.CourseAuthenticator.allow_all = True  # whom an instructor has authorized: NativeAuthenticator asks that first
    c.CourseAuthenticator.open_signup = False
    c.CourseAuthenticator.minimum_password_length = SHORTEST
    c.CourseAuthenticator.check_common_password = True
    c.CourseAuthenticator.allowed_failed_logins = FAILED_LOGINS
    c.CourseAuthenticator.seconds_before_next_try = WAIT_SECONDS


def has_account(layout, name):
    """Whether somebody has signed up under this name."""
    with _session(layout) as session:
        return UserInfo.find(session, name) is not None


def create_instructor(layout, name, password):
    """Store an account that is authorized from the start.

    Raises HubError where the name or the password will not do, or where somebody has the name.
    """
    account_of(name)
    if not len(password) >= SHORTEST or len(password.encode()) > LONGEST:
        raise HubError(
            f"The instructor's password needs {SHORTEST} characters or more, and at most {LONGEST} bytes. "
            f"Received: {len(password)} characters. Choose another."
        )
    if has_account(layout, name):
        raise HubError(f"The name {name!r} is taken: choose another for the instructor.")
    with _session(layout) as session:
        hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
        session.add(UserInfo(username=name, password=hashed, is_authorized=True))
        session.commit()


@contextlib.contextmanager
def _session(layout):
    # JupyterHub's own function: it makes all tables and notes the database's version, which the hub looks for.
    session = new_session_factory(f"sqlite:///{layout.database}")()
    try:
        yield session
    finally:
        session.close()
        session.get_bind().dispose()
