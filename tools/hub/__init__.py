"""The workshop's hub on one Linux machine: `make hub`, described in docs/instructor/hub.md.

    cli            what `python tools/hub` understands
    layout         the hub's folder, and who may read what in it
    prepare        fills that folder: course, environment, repository of notebooks, proxy
    accounts       a system user with a private home for each learner
    authenticator  sign-up and login; the instructor's account
    spawner        a learner's server as that user, with limits
    class_view     counts over the learners who agreed; class_service shows them in the hub

`scripts/` is copied to the hub's folder, since learners cannot read this checkout. deploy/jupyterhub_config.py puts the
pieces together.
"""
