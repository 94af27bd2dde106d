"""Credentials: refreshing, service accounts, identity."""

import datetime

import google.auth.exceptions
import google.auth.transport.requests
import google.oauth2.id_token
import google.oauth2.service_account

from client import DRIVE_SCOPE, GIVEN, credentials, service, step


@step
def refresh_of_a_token_that_ended():
    creds = credentials(expiry=datetime.datetime(2000, 1, 1))
    before = creds.token
    service(creds).about().get(fields="kind").execute()
    return [creds.token != before, creds.refresh_token == GIVEN["tokens"]["alice"]["refresh_token"], creds.valid]


@step
def refresh_after_401():
    creds = credentials(access_token="no such token")
    answer = service(creds).about().get(fields="kind").execute()
    return [answer, creds.token != "no such token"]


@step
def refresh_with_scopes():
    session = google.auth.transport.requests.Request()
    creds = credentials(scopes=[DRIVE_SCOPE + ".readonly"], access_token=None)
    try:
        creds.refresh(session)
        return "granted"
    except google.auth.exceptions.RefreshError as error:
        return error.args[1]


@step
def refresh_refused():
    session = google.auth.transport.requests.Request()
    answers = {}
    for name, changes in {
        "token": {"refresh_token": "no such token"},
        "secret": {"client_secret": "wrong"},
        "client": {"client_id": "nobody"},
    }.items():
        try:
            credentials(**changes).refresh(session)
        except google.auth.exceptions.RefreshError as error:
            answers[name] = [error.args[1], error.retryable]
    return answers


@step
def service_account():
    own = google.oauth2.service_account.Credentials.from_service_account_info(GIVEN["key"], scopes=[DRIVE_SCOPE])
    answers = {}
    for name, creds in {
        "itself": own,
        "bob": own.with_subject("bob@example.com"),
        "outsider": own.with_subject("eve@example.org"),
        "scope": own.with_scopes([DRIVE_SCOPE + ".file"]).with_subject("bob@example.com"),
    }.items():
        try:
            answers[name] = service(creds).about().get(fields="user(emailAddress)").execute()["user"]["emailAddress"]
        except google.auth.exceptions.RefreshError as error:
            answers[name] = error.args[1]
    return answers


@step
def service_account_id_token():
    session = google.auth.transport.requests.Request()
    creds = google.oauth2.service_account.IDTokenCredentials.from_service_account_info(
        GIVEN["key"], target_audience="https://service.example"
    )
    creds.refresh(session)
    claims = google.oauth2.id_token.verify_oauth2_token(creds.token, session, "https://service.example")
    return [claims["email"], claims["aud"], claims["iss"]]


@step
def identity():
    """The sign-in token of a refresh, its signature checked with the published certificates; userinfo; tokeninfo."""
    session = google.auth.transport.requests.Request()
    creds = credentials(access_token=None)
    creds.refresh(session)
    claims = google.oauth2.id_token.verify_oauth2_token(creds.id_token, session, creds.client_id)
    oauth = service(creds, "oauth2", "v2")
    info = oauth.userinfo().get().execute()
    token = oauth.tokeninfo(access_token=creds.token).execute()
    me = oauth.userinfo().v2().me().get().execute()
    return [
        claims["email"],
        [info["email"], info["id"] == claims["sub"], info["verified_email"]],
        [token.get("email"), token.get("user_id") == claims["sub"], token.get("expires_in", 0) > 3000, token.get("audience")],
        me["email"],
    ]
