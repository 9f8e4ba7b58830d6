"""Routes of the pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from frontend import adding, coding, documents, mailing, reviewing, searching, views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("actors/<slug:slug>/", views.actor, name="actor"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
    path("stances/<slug:actor>/<slug:topic>/", views.stance, name="stance"),
    path("stances/<slug:actor>/<slug:topic>/chart.json", views.chart, name="chart"),
    path("utterances/<int:pk>/", views.utterance, name="utterance"),
    path("shifts/", views.shifts, name="shifts"),
    path("shifts/<int:pk>/", views.shift, name="shift"),
    path("shifts/<int:pk>/confirm/", reviewing.decide, {"verdict": "confirm"}, name="confirm"),
    path("shifts/<int:pk>/reject/", reviewing.decide, {"verdict": "reject"}, name="reject"),
    path("review/", reviewing.review_desk, name="review"),
    path("review/coding/", coding.code, name="coding"),
    path("review/coding/<int:pk>/withdraw/", coding.withdraw, name="withdraw-coding"),
    path("review/agreement/", coding.agreement, name="agreement"),
    path("merges/<int:pk>/join/", reviewing.merge, {"verdict": "join"}, name="join-merge"),
    path("merges/<int:pk>/split/", reviewing.merge, {"verdict": "split"}, name="split-merge"),
    path("utterances/<int:pk>/join/", reviewing.join, name="join"),
    path("statements/<int:pk>/split/", reviewing.split_off, name="split-off"),
    path("decisions/<int:pk>/undo/", reviewing.undo, name="undo"),
    path("compare/", views.compare, name="compare"),
    path("search/", searching.search_page, name="search"),
    path("documents/", documents.documents, name="documents"),
    path("documents/<int:pk>/", documents.document, name="document"),
    path("documents/<int:pk>/state.json", documents.document_state, name="document-state"),
    path("documents/<int:pk>/date/", documents.set_date, name="set-date"),
    path("documents/<int:pk>/read-again/", documents.reread, name="reread"),
    path("documents/<int:pk>/statements/", documents.add_statement, name="add-statement"),
    path("documents/<int:pk>/origin/", documents.set_origin, name="set-origin"),
    path("statements/<int:pk>/speaker/", documents.set_speaker, name="set-speaker"),
    path("add/", adding.add, name="add"),
    path("subscriptions/confirm/<str:token>/", mailing.confirm, name="mail-confirm"),
    path("subscriptions/again/", mailing.ask_again, name="mail-again"),
    path("unsubscribe/<str:token>/", mailing.unsubscribe, name="mail-unsubscribe"),
    path("login/", LoginView.as_view(template_name="frontend/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
