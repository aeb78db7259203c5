"""Addresses of accounts."""

from django.urls import path

from holdfast.web.pages.accounts import own, sign_in, start

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/example/", sign_in.sign_in_to_example, name="sign-in-example"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("start/", start.start, name="start"),
    path("account/", own.account, name="account"),
    path("account/password/", own.password, name="password"),
    path("account/tokens/", own.tokens, name="tokens"),
    path("account/tokens/<int:token>/revoke/", own.revoke, name="revoke-token"),
]
