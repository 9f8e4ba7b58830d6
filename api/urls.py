"""Routes of the REST API. Each works with and without a slash at its end; without is written."""

from django.urls import URLPattern, include, path, re_path, register_converter

from api import views
from api.resource import Resource


class RowNumber:
    """A row's number in a path, never larger than a database takes."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the number as it is written in a path."""
        return str(value)


register_converter(RowNumber, "number")


def _both(route: str, view: type[Resource], name: str) -> list[URLPattern]:
    return [
        path(route, view.as_view(), name=name),
        path(f"{route}/", view.as_view(schema=None)),
    ]


_V1 = [
    path("", views.IndexDetail.as_view(), name="index"),
    *_both("actors", views.ActorList, "actors"),
    *_both("actors/<slug:slug>", views.ActorDetail, "actor"),
    *_both("topics", views.TopicList, "topics"),
    *_both("topics/<slug:slug>", views.TopicDetail, "topic"),
    *_both("sources", views.SourceList, "sources"),
    *_both("sources/<slug:slug>", views.SourceDetail, "source"),
    *_both("documents", views.DocumentList, "documents"),
    *_both("documents/<number:pk>", views.DocumentDetail, "document"),
    *_both("statements", views.StatementList, "statements"),
    *_both("statements/<number:pk>", views.StatementDetail, "statement"),
    *_both("utterances", views.UtteranceList, "utterances"),
    *_both("utterances/<number:pk>", views.UtteranceDetail, "utterance"),
    *_both("stances", views.StanceList, "stances"),
    *_both("stances/<slug:actor>/<slug:topic>/history", views.HistoryDetail, "history"),
    *_both("position", views.PositionDetail, "position"),
    *_both("shifts", views.ShiftList, "shifts"),
    *_both("shifts/<number:pk>", views.ShiftDetail, "shift"),
    *_both("decisions", views.DecisionList, "decisions"),
    *_both("decisions/<number:pk>", views.DecisionDetail, "decision"),
    *_both("subscriptions", views.SubscriptionList, "subscriptions"),
    *_both("subscriptions/<number:pk>", views.SubscriptionDetail, "subscription"),
    *_both("deliveries", views.DeliveryList, "deliveries"),
    *_both("schema", views.SchemaDetail, "schema"),
    *_both("docs", views.DocsDetail, "docs"),
]

urlpatterns = [
    path("v1", views.IndexDetail.as_view(schema=None)),
    path("v1/", include((_V1, "api"))),
    re_path("", views.Unknown.as_view()),
]
