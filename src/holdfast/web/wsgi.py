"""The application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.web.settings")
application = get_wsgi_application()
# All pages now, and not while the first reader waits.
get_resolver().url_patterns  # noqa: B018

# What has been loaded stays: the collector need not go through it again and again while readers wait.
gc.collect()
gc.freeze()
