"""Settings, read once from the environment: HOLDFAST_DATA, HOLDFAST_DATABASE_URL, HOLDFAST_HOSTS, HOLDFAST_HTTPS,
HOLDFAST_URL, HOLDFAST_EMAIL_…, HOLDFAST_DEBUG."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from holdfast.web.database import database
from holdfast.web.mail import mail, public_address

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = PACKAGE.parent.parent
EXAMPLE_DIR = CHECKOUT / "examples" / "secretariat"

DATA_DIR = Path(os.environ.get("HOLDFAST_DATA") or CHECKOUT / "var").resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The key of this installation, made on first use and readable by its owner only."""
    path = DATA_DIR / "secret-key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("HOLDFAST_DEBUG") == "1"
ALLOWED_HOSTS = [host for host in os.environ.get("HOLDFAST_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "holdfast.organization",
    "holdfast.governance",
    "holdfast.analysis",
    "holdfast.readiness",
    "holdfast.crisis",
    "holdfast.exchange",
    "holdfast.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "holdfast.web.middleware.CompressionMiddleware",
    "holdfast.organization.accounts.request_id.RequestIdMiddleware",
    "holdfast.web.middleware.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "holdfast.web.middleware.AccessMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "holdfast.web.urls"
WSGI_APPLICATION = "holdfast.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database(os.environ.get("HOLDFAST_DATABASE_URL", ""), DATA_DIR / "holdfast.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What links in messages begin with, and how messages are sent.
PUBLIC_ADDRESS = public_address(os.environ)
globals().update(mail(os.environ, DATA_DIR / "mail"))

AUTH_USER_MODEL = "organization.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Cookies go over HTTPS only, except where the installation serves plain HTTP: on one's own machine.
SECURE_COOKIES = os.environ.get("HOLDFAST_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_NAME = "holdfast_session"
SESSION_COOKIE_AGE = 12 * 3600
LOGIN_URL = "sign-in"
# Started with --empty: the first page sets up one's own organisation.
EMPTY_START = os.environ.get("HOLDFAST_EMPTY") == "1"

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
WHITENOISE_USE_FINDERS = True
# What Vite built carries a hash of its content in its name, and so may be kept for ever.
WHITENOISE_IMMUTABLE_FILE_TEST = r"/built/.+-[\w-]{8}\.\w+$"

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("ar", _("Arabic")),
    ("zh-hans", _("Chinese")),
    ("en", _("English")),
    ("fr", _("French")),
    ("ru", _("Russian")),
    ("es", _("Spanish")),
]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# What a page could not do is told on standard error, whoever asked; the reader gets the page of a failure.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": True}},
}
