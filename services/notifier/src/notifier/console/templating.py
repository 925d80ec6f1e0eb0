"""The pages' templates: everything is escaped, and nothing that is shown turns the text around it round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig

from notifier.console.seen_in import in_words

#: Marks that set or override the direction of text (Unicode 3.4, UAX 9): names in any script read well without them.
_TURNING = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def template_config(folder: Path) -> TemplateConfig[JinjaTemplateEngine]:
    """Templates of a folder. A name that a template uses and nobody gave is an error, not a blank."""
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, finalize=_shown
    )
    environment.globals["in_words"] = in_words
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))


def _shown(value: Any) -> Any:
    """What stands on a page of a value. Markup keeps being markup: translating keeps a string's type there."""
    return value.translate(_TURNING) if isinstance(value, str) else value
