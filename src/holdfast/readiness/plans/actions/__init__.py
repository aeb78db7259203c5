"""The acts of plans: writing them, their tasks, agreeing on them, keeping them true."""

from holdfast.readiness.plans.actions.plans import (
    add_process,
    approve_plan,
    create_plan,
    discard_plan,
    draft_plan_version,
    edit_plan,
    remove_process,
    submit_plan,
    withdraw_plan,
    write_section,
)
from holdfast.readiness.plans.actions.tasks import (
    create_role,
    create_task,
    edit_role,
    edit_task,
    remove_role,
    remove_task,
)
from holdfast.readiness.plans.actions.upkeep import attest_plan, give_copy, receive_copy, record_test, take_back_copy

__all__ = [
    "add_process",
    "approve_plan",
    "attest_plan",
    "create_plan",
    "create_role",
    "create_task",
    "discard_plan",
    "draft_plan_version",
    "edit_plan",
    "edit_role",
    "edit_task",
    "give_copy",
    "receive_copy",
    "record_test",
    "remove_process",
    "remove_role",
    "remove_task",
    "submit_plan",
    "take_back_copy",
    "withdraw_plan",
    "write_section",
]
