"""The Jinja environment of forms: autoescape always on, no application needed."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

TEMPLATES = Path(__file__).parent.parent / "templates"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment, made once."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        undefined=StrictUndefined,
    )


@lru_cache(maxsize=16)
def template(name: str) -> Template:
    """Return a template of `templates/forms`."""
    return environment().get_template(f"forms/{name}")
