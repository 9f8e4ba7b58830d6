"""What an account wants for itself."""

from django.conf import settings
from django.db import models

from tracker.models.alerts import known_time_zone


class Preferences(models.Model):
    """One account's own settings; an account without a row has the defaults."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences"
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[known_time_zone])

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"{self.user_id}: {self.time_zone}"
