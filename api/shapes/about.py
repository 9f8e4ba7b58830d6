"""What says where everything is, and what became of many rows."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.shapes.parts import JSONObjectField, Shape


class IndexShape(Shape):
    """Where everything is, name by name."""

    resources = serializers.DictField(child=serializers.CharField())


@extend_schema_field({"$ref": "#/components/schemas/Problem"})
class ProblemField(serializers.JSONField):
    """An error, in the shape of RFC 9457."""


class ResultShape(Shape):
    """What became of one row: a `result` as a single request answers it, or a `problem`."""

    status = serializers.IntegerField(help_text="as a single request would have been answered")
    location = serializers.URLField(allow_null=True)
    result = JSONObjectField(allow_null=True)
    problem = ProblemField(allow_null=True)


class BatchShape(Shape):
    """One result for each row, in the rows' order."""

    results = ResultShape(many=True)
