"""The words of the islands, in the reader's language: they come with the data, so that scripts hold none."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def player_words() -> dict[str, str]:
    return {
        "slider": _("Time after the start"),
        "changed": _("What changed at this moment"),
        "before": _("The moment before"),
        "after": _("The next moment"),
        "play": pgettext("to run through the moments", "Play"),
        "pause": pgettext("to stop running through the moments", "Pause"),
        "worst": _("The worst of each"),
        "more": _("and {n} more"),
        "nothing": _("Nothing changes at this moment."),
    }


def graph_words() -> dict[str, str]:
    return {
        "group": _("Fold by"),
        "site": _("site"),
        "unit": _("unit"),
        "kind": _("kind"),
        "none": _("nothing: each on its own"),
        "no_site": _("No site"),
        "no_unit": _("No unit"),
        "search": _("Search"),
        "no_match": _("Nothing matches."),
        "up": _("Steps to what it needs"),
        "down": _("Steps to what needs it"),
        "every": pgettext("every step", "all"),
        "whole": _("The whole organisation"),
        "working": _("Laying out {boxes} boxes"),
        "shown": _("{boxes} boxes for {nodes} of {all} nodes; supply flows from what is needed to what needs it."),
        "focused": _("{name}, what it needs and what needs it: {boxes} boxes for {nodes} of {all} nodes."),
        "too_many": _(
            "That would draw {boxes} boxes, and at most {most} can be read. Fold, search, or focus on one node."
        ),
        "canvas": _("Dependency map"),
        "keys": _(
            "Arrow keys go from box to box, Enter unfolds a group or focuses on a node, Backspace folds, "
            "plus and minus make it larger and smaller."
        ),
        "larger": _("Larger"),
        "smaller": _("Smaller"),
        "fit": _("All boxes"),
        "choose": _("Choose a box to see what it needs and what needs it."),
        "open": _("Open its page"),
        "focus": _("Focus on it"),
        "unfold": _("Unfold"),
        "fold": _("Fold {name}"),
        "fails": _("This fails"),
        "hit": _("hit"),
        "needs": _("Needs ({n})"),
        "needed": _("Needed by ({n})"),
        "nothing": _("nothing"),
        "fallback": _("fallback"),
        "members": _("{n} nodes"),
        "more": _("and {n} more"),
        "others": _("{n} smaller groups"),
        "function": _("Critical function"),
        "carries": _("Carries {n} processes alone"),
        "single": _("Single point of {n} requirements"),
        "circle": _("In a circle: it needs itself through others"),
        "folded": _("folded group"),
        "key_circle": _("in a circle"),
        "key_single": _("carries a process alone: nothing stands in"),
        "key_supply": _("supply"),
        "key_fallback": _("fallback only"),
        "key_hit": _("hit by the question"),
        "key_function": _("critical function"),
    }
