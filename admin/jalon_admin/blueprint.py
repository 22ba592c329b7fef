"""The blueprint of the console's own pages; the modules of `views` add their routes to it."""

from flask import Blueprint

bp = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
