"""Static files: what is served, under names that carry a hash, compressed once."""

from django.contrib.staticfiles.apps import StaticFilesConfig as DjangoStaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesConfig(DjangoStaticFilesConfig):
    """Leaves out what packages bring and no page uses: it would be half a minute of compression."""

    ignore_patterns = [
        *DjangoStaticFilesConfig.ignore_patterns,
        "*.map",
        "*.rtl.*",
        "*bootstrap-grid*",
        "*bootstrap-reboot*",
        "*bootstrap-utilities*",
        "*bootstrap.esm*",
        "css/bootstrap.css",
        "js/bootstrap.js",
        "js/bootstrap.min.js",
        "js/bootstrap.bundle.js",
        "*redoc.*",
    ]


class Storage(CompressedManifestStaticFilesStorage):
    """Hashed names; references to source maps are left as they are, because maps are not served."""

    patterns = (
        (
            "*.css",
            (
                r"""(?P<matched>url\((?P<quote>['"]{0,1})\s*(?P<url>.*?)(?P=quote)\))""",
                (r"""(?P<matched>@import\s*["']\s*(?P<url>.*?)["'])""", """@import url("%(url)s")"""),
            ),
        ),
    )
