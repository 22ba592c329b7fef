"""Where the files that travel with the code are: in the wheel, or in the repository when working on it."""

from pathlib import Path

PACKAGE = Path(__file__).parent.parent
REPOSITORY = PACKAGE.parent.parent
IN_REPOSITORY = {"static": "frontend/dist"}


def resource_folder(name: str) -> Path:
    """Return the folder `workflows`, `forms`, `locales` or `static`."""
    carried = PACKAGE / "_resources" / name
    return carried if carried.is_dir() else REPOSITORY / IN_REPOSITORY.get(name, name)
