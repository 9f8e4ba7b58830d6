"""Routes of the pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from frontend import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("actors/<slug:slug>/", views.actor, name="actor"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
    path("stances/<slug:actor>/<slug:topic>/", views.stance, name="stance"),
    path("stances/<slug:actor>/<slug:topic>/chart.json", views.chart, name="chart"),
    path("utterances/<int:pk>/", views.utterance, name="utterance"),
    path("shifts/", views.shifts, name="shifts"),
    path("shifts/<int:pk>/", views.shift, name="shift"),
    path("shifts/<int:pk>/confirm/", views.decide, {"verdict": "confirm"}, name="confirm"),
    path("shifts/<int:pk>/reject/", views.decide, {"verdict": "reject"}, name="reject"),
    path("review/", views.review_desk, name="review"),
    path("decisions/<int:pk>/undo/", views.undo, name="undo"),
    path("compare/", views.compare, name="compare"),
    path("documents/", views.documents, name="documents"),
    path("documents/<int:pk>/", views.document, name="document"),
    path("documents/<int:pk>/state.json", views.document_state, name="document-state"),
    path("documents/<int:pk>/date/", views.set_date, name="set-date"),
    path("add/", views.add, name="add"),
    path("login/", LoginView.as_view(template_name="frontend/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
