"""What pyproject.toml cannot say: a wheel takes the learner's notebooks along, from the one place where they are."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithNotebooks(build_py):
    """An editable installation has them in the folder that it points to."""

    def run(self):
        super().run()
        folder = Path(self.build_lib, "helpers", "course", "notebooks")
        for notebook in () if self.editable_mode else sorted(Path("notebooks").glob("*.ipynb")):
            folder.mkdir(parents=True, exist_ok=True)
            self.copy_file(str(notebook), str(folder / notebook.name))


setup(cmdclass={"build_py": WithNotebooks})
