"""The index, the description of all this, and what is not there."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters
from api.access import Need
from api.errors import problem
from api.resource import Resource
from api.schema import document
from api.shapes.about import IndexShape


class IndexDetail(Resource):
    """Where everything is."""

    needs = {"GET": Need.OPEN}
    shape = IndexShape

    def get(self, request: Request) -> Response:
        """Name the resources and their addresses."""
        names = (
            *("actors", "roles", "topics", "sources", "watched", "documents", "fetches"),
            *("statements", "utterances", "stances", "shifts", "position", "diff", "coverage"),
            *("search", "phrases", "changes", "export", "decisions", "merges", "codings"),
            *("agreement", "subscriptions", "saved-searches", "endpoints", "deliveries"),
            *("sweeps", "schema", "docs"),
        )
        return Response(
            {
                "resources": {
                    name: request.build_absolute_uri(reverse(f"api:{name}")) for name in names
                }
            }
        )


class SchemaDetail(Resource):
    """The OpenAPI document, in JSON or YAML."""

    needs = {"GET": Need.OPEN}
    parameters = parameters.SchemaParameters
    schema = None
    renderer_classes = (
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer2,
        OpenApiYamlRenderer,
    )

    def get(self, request: Request) -> HttpResponse:
        """Show the schema, by `format` or else by `Accept`."""
        chosen = {"json": OpenApiJsonRenderer2, "yaml": OpenApiYamlRenderer2}
        renderer = chosen.get(self.asked.get("format", ""))
        if renderer is None:
            return Response(document())
        return HttpResponse(renderer().render(document()), content_type=renderer.media_type)


class DocsDetail(Resource):
    """The schema in a viewer that needs nothing from elsewhere."""

    needs = {"GET": Need.OPEN}
    schema = None
    renderer_classes = (TemplateHTMLRenderer,)

    def get(self, request: Request) -> Response:
        """Show the viewer."""
        return Response({}, template_name="api/docs.html")


class Unknown(Resource):
    """Whatever lies below /api/ and is no endpoint."""

    needs = {}
    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer 404, whatever the method."""
        return problem(Http404(), {})
