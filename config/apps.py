"""The administration as this project has it."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """Django's administration, open to whoever has the role for it."""

    default_site = "config.administration.Administration"
