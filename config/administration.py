"""Who may enter the administration pages."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from tracker import roles


class Administration(AdminSite):
    """The administration: for editors and administrators; each page asks for its own role."""

    site_header = site_title = "Stanceline: administration"
    index_title = "What is tracked, what was recorded, how the machine is doing"

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether this account may enter."""
        return roles.may(request.user, roles.Action.EDIT)
