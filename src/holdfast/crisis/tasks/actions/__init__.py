"""The acts of tasks under way."""

from holdfast.crisis.tasks.actions.giving import give_out, take_back
from holdfast.crisis.tasks.actions.running import add_task, assign_task, set_due, skip_task
from holdfast.crisis.tasks.actions.starting import stand_down_plan, start_plan
from holdfast.crisis.tasks.actions.working import (
    accept_task,
    approve_task,
    begin_task,
    block_task,
    decline_task,
    fail_task,
    finish_task,
    take_over_task,
    unblock_task,
)

__all__ = [
    "accept_task",
    "add_task",
    "approve_task",
    "assign_task",
    "begin_task",
    "block_task",
    "decline_task",
    "fail_task",
    "finish_task",
    "give_out",
    "set_due",
    "skip_task",
    "stand_down_plan",
    "start_plan",
    "take_back",
    "take_over_task",
    "unblock_task",
]
