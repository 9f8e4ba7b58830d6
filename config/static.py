"""Static files under names that carry their content's hash."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Hashed names, also inside the imports of ES modules, since no build step rewrites them."""

    support_js_module_import_aggregation = True
