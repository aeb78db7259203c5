"""What the pages themselves keep."""

from holdfast.web.pages.accounts.throttle import SignInAttempts

__all__ = ["SignInAttempts"]
