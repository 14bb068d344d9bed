"""Everything about the package stands in pyproject.toml; here alone, the lessons are put inside the wheel."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithLessons(build_py):
    """Copies ``lessons/``, which stands beside the code for those who write lessons, to where the code looks."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "luiapp/course/lessons"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree("lessons", target)


setup(cmdclass={"build_py": BuildWithLessons})
