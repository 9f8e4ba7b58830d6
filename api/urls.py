"""Routes of the REST API. Each works with and without a slash at its end; without is written."""

from django.urls import URLPattern, include, path, re_path, register_converter

from api.resource import Resource
from api.views import (
    about,
    alerts,
    batches,
    changes,
    codings,
    coverage,
    decisions,
    differences,
    documents,
    endpoints,
    merges,
    people,
    positions,
    search,
    searches,
    shifts,
    stances,
    statements,
    watched,
    work,
)


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


RESOURCES = [
    path("", about.IndexDetail.as_view(), name="index"),
    *_both("actors", people.ActorList, "actors"),
    *_both("actors/<slug:slug>", people.ActorDetail, "actor"),
    *_both("roles", people.RoleList, "roles"),
    *_both("roles/<number:pk>", people.RoleDetail, "role"),
    *_both("topics", people.TopicList, "topics"),
    *_both("topics/<slug:slug>", people.TopicDetail, "topic"),
    *_both("sources", people.SourceList, "sources"),
    *_both("sources/<slug:slug>", people.SourceDetail, "source"),
    *_both("documents", documents.DocumentList, "documents"),
    *_both("documents/batch", batches.DocumentBatch, "documents-batch"),
    *_both("documents/<number:pk>", documents.DocumentDetail, "document"),
    *_both("documents/<number:pk>/text", documents.DocumentTextDetail, "document-text"),
    *_both("documents/<number:pk>/raw", documents.DocumentRawDetail, "document-raw"),
    *_both("documents/<number:pk>/passages", documents.PassageList, "passages"),
    *_both("statements", statements.StatementList, "statements"),
    *_both("fetches", documents.FetchList, "fetches"),
    *_both("fetches/<number:pk>", documents.FetchDetail, "fetch"),
    *_both("watched", watched.WatchedList, "watched"),
    *_both("watched/<number:pk>", watched.WatchedDetail, "watched-one"),
    *_both("watched/<number:pk>/entries", watched.EntryList, "watched-entries"),
    *_both("watched/<number:pk>/check", watched.WatchedCheckDetail, "watched-check"),
    *_both("watched/<number:pk>/stop", watched.WatchedStopDetail, "watched-stop"),
    *_both("watched/<number:pk>/resume", watched.WatchedResumeDetail, "watched-resume"),
    *_both("sweeps", work.SweepList, "sweeps"),
    *_both("sweeps/<number:pk>", work.SweepDetail, "sweep"),
    *_both("statements/batch", batches.StatementBatch, "statements-batch"),
    *_both("statements/<number:pk>", statements.StatementDetail, "statement"),
    *_both("utterances", stances.UtteranceList, "utterances"),
    *_both("utterances/<number:pk>", stances.UtteranceDetail, "utterance"),
    *_both("utterances/<number:pk>/attestations", stances.AttestationList, "attestations"),
    *_both("stances", stances.StanceList, "stances"),
    *_both("stances/<slug:actor>/<slug:topic>", stances.StanceDetail, "stance"),
    *_both("stances/<slug:actor>/<slug:topic>/history", stances.HistoryDetail, "history"),
    *_both("position", positions.PositionDetail, "position"),
    *_both("diff", differences.DiffDetail, "diff"),
    *_both("coverage", coverage.CoverageDetail, "coverage"),
    *_both("search", search.SearchList, "search"),
    *_both("phrases", search.PhraseDetail, "phrases"),
    *_both("shifts", shifts.ShiftList, "shifts"),
    *_both("shifts/<number:pk>", shifts.ShiftDetail, "shift"),
    *_both("changes", changes.ChangesDetail, "changes"),
    *_both("export", changes.ExportDetail, "export"),
    *_both("decisions", decisions.DecisionList, "decisions"),
    *_both("decisions/batch", batches.DecisionBatch, "decisions-batch"),
    *_both("decisions/<number:pk>", decisions.DecisionDetail, "decision"),
    *_both("decisions/<number:pk>/undo", decisions.DecisionUndoDetail, "undo"),
    *_both("merges", merges.MergeList, "merges"),
    *_both("merges/<number:pk>", merges.MergeDetail, "merge"),
    *_both("codings", codings.CodingList, "codings"),
    *_both("codings/next", codings.CodingNextDetail, "coding-next"),
    *_both("codings/<number:pk>", codings.CodingDetail, "coding"),
    *_both("codings/<number:pk>/withdraw", codings.CodingWithdrawDetail, "coding-withdraw"),
    *_both("agreement", codings.AgreementDetail, "agreement"),
    *_both("subscriptions", alerts.SubscriptionList, "subscriptions"),
    *_both("subscriptions/<number:pk>", alerts.SubscriptionDetail, "subscription"),
    *_both("subscriptions/preview", alerts.SubscriptionPreviewDetail, "subscription-preview"),
    *_both("subscriptions/<number:pk>/test", alerts.SubscriptionTestDetail, "subscription-test"),
    *_both("subscriptions/<number:pk>/pause", alerts.SubscriptionPauseDetail, "subscription-pause"),
    *_both(
        "subscriptions/<number:pk>/resume", alerts.SubscriptionResumeDetail, "subscription-resume"
    ),
    *_both("saved-searches", searches.SavedSearchList, "saved-searches"),
    *_both("saved-searches/<number:pk>", searches.SavedSearchDetail, "saved-search"),
    *_both("endpoints", endpoints.EndpointList, "endpoints"),
    *_both("endpoints/<number:pk>", endpoints.EndpointDetail, "endpoint"),
    *_both("endpoints/<number:pk>/rotate", endpoints.EndpointRotateDetail, "endpoint-rotate"),
    *_both("endpoints/<number:pk>/retry", endpoints.EndpointRetryDetail, "endpoint-retry"),
    *_both("endpoints/<number:pk>/replay", endpoints.EndpointReplayDetail, "endpoint-replay"),
    *_both("deliveries", alerts.DeliveryList, "deliveries"),
    *_both("deliveries/<uuid:message>", alerts.DeliveryDetail, "delivery"),
    *_both("deliveries/<uuid:message>/retry", alerts.DeliveryRetryDetail, "delivery-retry"),
    *_both("schema", about.SchemaDetail, "schema"),
    *_both("docs", about.DocsDetail, "docs"),
]

urlpatterns = [
    path("v1", about.IndexDetail.as_view(schema=None)),
    path("v1/", include((RESOURCES, "api"))),
    re_path("", about.Unknown.as_view()),
]
