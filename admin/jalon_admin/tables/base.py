"""The one module that knows Flask-Admin's SQLAlchemy views: deny by default, our transactions, our pages.

A table names its permission and its columns; what it does not name is refused. Rows are read through the reading
session of the request, inside the scope of the person; what is created or changed goes through services.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.theme import Bootstrap4Theme
from sqlalchemy import false, func, or_
from sqlalchemy.orm import Query

from jalon.base.errors import Forbidden, NotFound
from jalon.ui.permissions import may, permission
from jalon.ui.request import current_actor, reading

EXPOSED = frozenset({"index_view", "details_view"})
"""The routes of Flask-Admin that a table keeps; it adds its own, which post to services."""


class Readings:
    """What Flask-Admin takes for a database; a table asks for the session of the request instead."""

    session = None


class Index(AdminIndexView):
    """The root Flask-Admin asks for; it leads to the console, and serves no file."""

    permission = "configuration.voir"

    def __init__(self) -> None:
        super().__init__(endpoint="tables", url="/console/tables")
        self.static_folder = None

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Lead to the console."""
        return redirect(url_for("console.home"))


class ScopedTable(ModelView):
    """A table of reference data: one permission, explicit columns, rows of the person's scope only."""

    permission = ""
    scope_column = ""
    title: Callable[[], str]

    can_create = can_edit = can_delete = can_export = False
    can_view_details = False
    can_set_page_size = False
    column_editable_list = ()
    column_filters = ()
    simple_list_pager = True
    page_size = 50
    named_filter_urls = False
    list_template = "console/table.html"

    def __init__(self, model: type, endpoint: str, name: str) -> None:
        super().__init__(model, Readings(), name=name, endpoint=endpoint, url=f"/console/tables/{endpoint}")

    @property
    def session(self) -> Any:
        """The reading session of the request, whatever Flask-Admin kept."""
        return reading()

    @session.setter
    def session(self, _value: Any) -> None:
        """Keep nothing: a session belongs to one request."""

    def is_accessible(self) -> bool:
        """Deny unless the table names a permission that the person holds."""
        return bool(self.permission) and may(self.permission)

    def inaccessible_callback(self, name: str, **_arguments: Any) -> ResponseReturnValue:
        """Refuse as everywhere else."""
        raise Forbidden(permission=self.permission or name)

    def scaffold_form(self) -> type:
        """Make no form from the columns of a table: what changes goes through services."""
        return self.form_base_class

    def get_query(self) -> Query:
        """Return the rows of the person's scope."""
        return self.scoped(reading().query(self.model))

    def get_count_query(self) -> Query:
        """Count the same rows."""
        return self.scoped(reading().query(func.count("*")).select_from(self.model))

    def get_one(self, id: str) -> Any:
        """Return one row of the person's scope, or raise NotFound."""
        try:
            key = UUID(id)
        except ValueError as error:
            raise NotFound(id=id) from error
        found = self.get_query().filter(self.model.id == key).one_or_none()
        if found is None:
            raise NotFound(id=id)
        return found

    def scoped(self, query: Query) -> Query:
        """Keep the rows of the units where the person holds the permission of the table."""
        ids = current_actor().units_for(self.permission)
        column = getattr(self.model, self.scope_column)
        return query.filter(column.in_(ids)) if ids else query.filter(false())

    def where_any(self, query: Query, *conditions: Any) -> Query:
        """Keep the rows for which one of these conditions holds."""
        return query.filter(or_(*conditions))


def open_tables(app: Flask, index: Index, views: Sequence[ScopedTable]) -> None:
    """Put the tables in the application and declare the permission of each of their routes."""
    admin = Admin(app, name="console", index_view=index, theme=Bootstrap4Theme(base_template="layout/page.html"))
    for view in views:
        admin.add_view(view)
    for view in (index, *views):
        _declare(app, view)


def _declare(app: Flask, view: Any) -> None:
    """Put the permission on every route of a view; those a table does not keep are refused to everybody."""
    assert view.permission, f"{view.endpoint} names no permission"
    kept = EXPOSED | frozenset(getattr(view, "actions", ())) | {"index"}
    for endpoint in [one for one in app.view_functions if one.startswith(f"{view.endpoint}.")]:
        name = endpoint.split(".", 1)[1]
        code = view.permissions.get(name, view.permission) if hasattr(view, "permissions") else view.permission
        app.view_functions[endpoint] = _guarded(app.view_functions[endpoint], code if name in kept else None)


def _guarded(function: Callable[..., Any], code: str | None) -> Callable[..., Any]:
    def view(**arguments: Any) -> Any:
        if code is None:
            raise NotFound
        return function(**arguments)

    return permission(code or "configuration.voir")(view)
