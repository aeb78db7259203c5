"""Every table of the room."""

from holdfast.organization.accounts.models import *  # noqa: F403
from holdfast.organization.attachments.models import Attachment  # noqa: F401
from holdfast.organization.jobs.models import *  # noqa: F403
from holdfast.organization.places.models import *  # noqa: F403
from holdfast.organization.structure.models import *  # noqa: F403
