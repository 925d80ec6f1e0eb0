"""What `PICKUP_COMPILE=1` adds to a wheel: the modules of every booking's way, as machine code beside their Python.

The Python stays what it is, and what is worked on: an editable install and a wheel without the variable have nothing
else. Cython takes the modules as they stand, with Python's own meaning of everything (ADR 0074).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_DIRECTIVES = {
    "language_level": "3",
    # Types are for the reader and for mypy here: an `int` may be as large as Python's, and a `float` may be an int.
    "annotation_typing": False,
}
#: Reads an attribute as the interpreter would; Cython asks the class anew at every read (ADR 0081).
_HEADER = "compiled/attributes.h"
_ASKS, _REMEMBERS = "return tp->tp_getattro(obj, attr_name);", "return pickup_read(tp, obj, attr_name);"


class Compile(BuildHookInterface[Any]):
    """Compiles the modules that `pyproject.toml` names by pattern."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and add the results to the wheel.

        Raises:
            RuntimeError: no compiler is there, Python's headers are missing, or a pattern fits nothing.
        """
        self._built = Path(tempfile.mkdtemp(prefix="pickup-compiled-"))
        if os.environ.get("PICKUP_COMPILE") != "1" or version == "editable":
            return
        for built in self._compile(self._modules()):
            build_data["force_include"][str(built)] = built.relative_to(self._built / "lib").as_posix()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was built on the way."""
        shutil.rmtree(self._built, ignore_errors=True)

    def _modules(self) -> list[Path]:
        source = Path(self.root) / "src" / "risk_scorer"
        modules: dict[Path, None] = {}
        for pattern in self.config["modules"]:
            found = [path for path in sorted(source.glob(pattern)) if path.name != "__init__.py"]
            if not found:
                raise RuntimeError(f"{pattern}: no module of risk_scorer has that name")
            modules.update(dict.fromkeys(found))
        return list(modules)

    def _compile(self, modules: list[Path]) -> list[Path]:
        try:
            from Cython.Build import cythonize
            from setuptools import Distribution, Extension
            from setuptools.errors import BaseError
        except ImportError as missing:
            raise RuntimeError(f"PICKUP_COMPILE=1 needs what build.lock pins: {missing}") from missing
        source = Path(self.root) / "src"
        extensions = [
            Extension(
                ".".join(module.relative_to(source).with_suffix("").parts),
                [str(module)],
                extra_compile_args=["-O2", "-g0", "-w", "-fno-plt", "-include", str(Path(self.root) / _HEADER)],
            )
            for module in modules
        ]
        cores = os.cpu_count() or 1
        translated = cythonize(  # type: ignore[no-untyped-call]
            extensions,
            build_dir=str(self._built / "c"),
            compiler_directives=_DIRECTIVES,
            nthreads=cores,
            quiet=True,
        )
        for extension in translated:
            for translation in extension.sources:
                _remember_places(Path(translation))
        build = Distribution({"ext_modules": translated}).get_command_obj("build_ext")
        build.build_lib = str(self._built / "lib")
        build.build_temp = str(self._built / "temp")
        build.parallel = cores
        build.ensure_finalized()
        try:
            build.run()
        except BaseError as error:
            raise RuntimeError(f"PICKUP_COMPILE=1 needs a C compiler and Python's headers: {error}") from error
        return sorted((self._built / "lib").rglob("*.so"))


def _remember_places(translation: Path) -> None:
    """Have a module's C read attributes by the header's function.

    Raises:
        RuntimeError: this Cython writes another C.
    """
    text = translation.read_text()
    if text.count(_ASKS) != 1:
        raise RuntimeError(f"{translation.name}: this Cython reads attributes in another way than {_HEADER} knows")
    translation.write_text(text.replace(_ASKS, _REMEMBERS))
