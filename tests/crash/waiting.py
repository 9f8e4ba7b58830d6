"""What a crash run still waits for: work that is free, leased, put off, or behind other work."""

from collections import Counter, defaultdict
from datetime import datetime


def waiting(now: datetime) -> Counter[str]:
    """Return how many rows wait, by what they wait for; empty where all is done.

    Leased is what somebody works on, or what a killed process held until its lease runs out.
    """
    from django.db.models import Q

    from tracker.models import Delivery, Document, Event, Stance

    leased = Q(lease_until__gt=now)
    documents = Document.objects.filter(read_at=None)
    stances = Stance.objects.out_of_step()
    owed = Delivery.objects.owed()
    first = owed.first_in_line()
    counts = {
        "documents leased": documents.filter(read_lease__gt=now).count(),
        "documents free": documents.exclude(read_lease__gt=now).count(),
        "stances leased": stances.filter(lease__gt=now).count(),
        "stances free": stances.exclude(lease__gt=now).count(),
        "events not owed": Event.objects.unowed().count(),
        "messages leased": first.filter(leased).count(),
        "messages put off": first.exclude(leased).filter(next_try_at__gt=now).count(),
        "messages due": first.exclude(leased).filter(next_try_at__lte=now).count(),
        "messages behind another": owed.count() - first.count(),
    }
    return +Counter(counts)


class Waits:
    """How long each sort of work was waited for, and how much of it there was at most."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.most: Counter[str] = Counter()

    def note(self, found: Counter[str], seconds: float) -> None:
        """Add what was found to wait for so many seconds."""
        for name, count in found.items():
            self.seconds[name] += seconds
            self.most[name] = max(self.most[name], count)

    def __str__(self) -> str:
        longest = sorted(self.seconds.items(), key=lambda item: -item[1])
        named = [f"{name} {spent:.1f} s (at most {self.most[name]})" for name, spent in longest]
        return ", ".join(named) or "nothing"
