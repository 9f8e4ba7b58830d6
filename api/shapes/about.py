"""What says where everything is."""

from rest_framework import serializers

from api.shapes.parts import Shape


class IndexShape(Shape):
    """Where everything is, name by name."""

    resources = serializers.DictField(child=serializers.CharField())
