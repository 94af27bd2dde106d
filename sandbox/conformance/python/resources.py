"""The other resources, and how the client reports errors."""

import googleapiclient.discovery
import googleapiclient.http
from googleapiclient.errors import HttpError

from client import DOCUMENT, alice, credentials, failure, files, requests, service, set_faults, step


@step
def about():
    return alice.about().get(fields="user(emailAddress,me),storageQuota(limit)").execute()


@step
def resources():
    id = files.create(body={"name": "Doc", "mimeType": DOCUMENT}).execute()["id"]
    permission = alice.permissions().create(
        fileId=id,
        body={"type": "user", "role": "reader", "emailAddress": "bob@example.com"},
        sendNotificationEmail=False,
    ).execute()
    changed = alice.permissions().update(fileId=id, permissionId=permission["id"], body={"role": "writer"}).execute()
    listed = alice.permissions().list(fileId=id).execute()["permissions"]
    deleted = alice.permissions().delete(fileId=id, permissionId=permission["id"]).execute()
    comment = alice.comments().create(fileId=id, body={"content": "Ä comment"}, fields="id,content").execute()
    reply = alice.replies().create(
        fileId=id, commentId=comment["id"], body={"content": "yes", "action": "resolve"}, fields="action"
    ).execute()
    copied = files.copy(fileId=id, body={"name": "copy"}, fields="name").execute()
    ids = files.generateIds(count=3).execute()["ids"]
    own_id = files.create(body={"name": "own id", "id": ids[0]}).execute()["id"] == ids[0]
    drive = alice.drives().create(requestId="a request", body={"name": "team"}).execute()
    seen = alice.drives().list().execute()["drives"]
    trashed = files.update(fileId=id, body={"trashed": True}, fields="trashed").execute()
    return {
        "permission": [permission["role"], changed["role"], len(listed), deleted],
        "comment": [comment["content"], reply],
        "copy": copied,
        "own id": own_id,
        "drive": [drive["name"], [each["name"] for each in seen]],
        "trash": [trashed, files.emptyTrash().execute()],
    }


@step
def errors():
    return {
        "missing": failure(files.get(fileId="missing")),
        "query": failure(files.list(q="name ~ 'x'")),
        "fields": failure(files.list(fields="files(nope)")),
        "blank fields": failure(alice.about().get()),
        "page token": failure(files.list(pageToken="bogus")),
        "read-only field": failure(files.create(body={"name": "x", "size": "5"})),
        "unknown grantee": failure(
            alice.permissions().create(
                fileId=files.create(body={"name": "s"}).execute()["id"],
                body={"type": "user", "role": "reader", "emailAddress": "nobody@elsewhere.test"},
                sendNotificationEmail=False,
            )
        ),
        "no rights": failure(service(credentials("bob")).files().get(fileId=files.create(body={}).execute()["id"])),
        "scope": failure(service(credentials("reader")).files().create(body={"name": "x"})),
        "no credentials": failure(
            googleapiclient.discovery.build(
                "drive", "v3", http=googleapiclient.http.build_http(), cache_discovery=False
            ).files().get(fileId="root")
        ),
        "api key": failure(
            googleapiclient.discovery.build(
                "drive", "v3", http=googleapiclient.http.build_http(), developerKey="no-such-key", cache_discovery=False
            ).files().get(fileId="root")
        ),
    }


@step
def retries():
    """403 with a rate limit's reason is retried, another 403 is not, 5xx is."""
    counts = {}
    for name, fault in {
        "rate limit": {"status": 403, "reason": "userRateLimitExceeded"},
        "rights": {"status": 403, "reason": "insufficientFilePermissions"},
        "server": {"status": 503, "reason": "backendError"},
    }.items():
        set_faults({"operation": "about.get", "kind": "error", "times": 2, **fault})
        before = sum(requests("about.get").values())
        request = alice.about().get(fields="kind")
        request._rand = lambda: 0
        try:
            request.execute(num_retries=3)
            outcome = "answered"
        except HttpError as error:
            outcome = error.error_details[0]["reason"]
        counts[name] = [outcome, sum(requests("about.get").values()) - before]
    set_faults()
    return counts
