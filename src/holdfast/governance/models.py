"""Every table of the room."""

from holdfast.governance.agreement.models import *  # noqa: F403
from holdfast.governance.gates.models import *  # noqa: F403
from holdfast.governance.improvement.models import *  # noqa: F403
from holdfast.governance.notices.models import *  # noqa: F403
from holdfast.governance.policy.models import *  # noqa: F403
from holdfast.governance.settings.models import *  # noqa: F403
