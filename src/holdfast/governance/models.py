"""Every table of the room."""

from holdfast.governance.improvement.models import *  # noqa: F403
from holdfast.governance.notices.models import *  # noqa: F403
