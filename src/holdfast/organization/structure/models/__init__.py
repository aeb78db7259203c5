"""The nouns of the structure."""

from holdfast.organization.structure.models.groups import (
    FocalPoint,
    Group,
    GroupTask,
    Seat,
    SeatHolding,
    TaskPartner,
)
from holdfast.organization.structure.models.nodes import CriticalFunction, Node, Pool, Process, Resource
from holdfast.organization.structure.models.people import ContactPoint, Duty, Holding, Person, Post
from holdfast.organization.structure.models.relations import Relation, SiteAlternate, VenueUse
from holdfast.organization.structure.models.requirements import Requirement, Supply

__all__ = [
    "ContactPoint",
    "CriticalFunction",
    "Duty",
    "FocalPoint",
    "Group",
    "GroupTask",
    "Holding",
    "Node",
    "Person",
    "Pool",
    "Post",
    "Process",
    "Relation",
    "Requirement",
    "Resource",
    "Seat",
    "SeatHolding",
    "SiteAlternate",
    "Supply",
    "TaskPartner",
    "VenueUse",
]
