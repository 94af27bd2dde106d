"""Drives Google's Python client, unmodified, against a sandbox that it takes for Google.

Reads a JSON object from standard input: `control` (the sandbox's address), `folder` (a place for local files), `tokens`
(per account, with client id and secret) and `key` (of a service account). Writes a JSON object with the result of each
step: `{"ok": value}`, or `{"error": traceback}`. Steps run in the order of their definition, in one process, because
starting Python is the slow part.
"""

import datetime
import hashlib
import io
import json
import os
import signal
import sys
import traceback
import urllib.request

import google.auth.exceptions
import google.auth.transport.requests
import google.oauth2.credentials
import google.oauth2.id_token
import google.oauth2.service_account
import google_auth_httplib2
import googleapiclient.discovery
import googleapiclient.discovery_cache
import httplib2
from googleapiclient.errors import HttpError, ResumableUploadError
from googleapiclient.http import (
    MediaFileUpload,
    MediaIoBaseDownload,
    MediaIoBaseUpload,
    MediaInMemoryUpload,
    MediaUpload,
)

GIVEN = json.load(sys.stdin)
DRIVE_SCOPE = "https://www.googleapis.com/auth/drive"
FOLDER = "application/vnd.google-apps.folder"
DOCUMENT = "application/vnd.google-apps.document"
QUANTUM = 256 * 1024
STEPS = []
STEP_SECONDS = 30


def step(function):
    STEPS.append(function)
    return function


def control(method, path, body=None):
    """Calls the control API of the sandbox, which is not Google's: without the proxy."""
    request = urllib.request.Request(
        GIVEN["control"] + "/__sandbox/" + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as response:
        text = response.read().decode()
    return json.loads(text) if text.startswith("{") else text


def requests(operation):
    """How many requests an operation received, by status."""
    return control("GET", "stats")["requests"].get(operation, {})


def strike(*faults):
    control("PATCH", "behavior", {"faults": list(faults)})


def credentials(account="alice", **changes):
    given = {**GIVEN["tokens"][account], **changes}
    return google.oauth2.credentials.Credentials(
        given.get("access_token"),
        refresh_token=given.get("refresh_token"),
        token_uri="https://oauth2.googleapis.com/token",
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        expiry=given.get("expiry"),
        scopes=given.get("scopes"),
    )


def service(creds, name="drive", version="v3"):
    return googleapiclient.discovery.build(name, version, credentials=creds, cache_discovery=False)


def failure(request):
    """What a caller of the client sees of an error."""
    try:
        answer = request.execute() if hasattr(request, "execute") else request()
        return {"answer": str(answer)}
    except HttpError as error:
        return {
            "status": error.status_code,
            "reason": error.reason,
            "details": error.error_details,
            "type": error.resp["content-type"],
        }


def md5(data):
    return hashlib.md5(data).hexdigest()


def noise(length):
    """Bytes that look like what separates the parts of a request, and are none of it."""
    block = hashlib.sha512(b"noise").digest() + b"\r\n--===\r\n--\n\n\r\r\n--===============--\n"
    return (block * (length // len(block) + 1))[:length]


FIELDS = "id,name,size,md5Checksum,mimeType"
alice = service(credentials())
files = alice.files()


def create(content, name="file", fields=FIELDS, **media):
    body = None if name is None else {"name": name}
    media = {"mimetype": "application/octet-stream", **media}
    return files.create(body=body, media_body=MediaIoBaseUpload(io.BytesIO(content), **media), fields=fields)


def resume(request):
    """Sends chunk after chunk; returns the answer and how often progress was reported."""
    answer, pieces = None, 0
    while answer is None:
        progress, answer = request.next_chunk()
        pieces += 1
    return answer, pieces


# uploads


@step
def upload_media():
    return create(b"plain content", name=None, mimetype="text/plain").execute()


@step
def upload_multipart():
    contents = {
        "text": "Grüße\nzweite Zeile\r\ndritte".encode(),
        "empty": b"",
        "line break": b"\n",
        "both breaks": b"\r\n",
        "breaks around": b"\n\nx\n\n",
        "carriage return": b"x\r",
        "noise": noise(200_000),
        "binary": bytes(range(256)) * 10,
    }
    answers = {}
    for name, content in contents.items():
        made = create(content, name=name).execute()
        got = files.get_media(fileId=made["id"]).execute()
        answers[name] = [made["name"], int(made["size"]) - len(content), made["md5Checksum"] == md5(content), got == content]
    return answers


@step
def upload_multipart_unicode():
    name = "naïve 日本語 😀 \"quoted\" 'name' \\ %2F + & = #"
    made = create(b"x", name=name).execute()
    found = files.list(q="name = '%s'" % name.replace("\\", "\\\\").replace("'", "\\'")).execute()
    return [made["name"] == name, len(found["files"])]


@step
def upload_by_file_name():
    path = os.path.join(GIVEN["folder"], "local.txt")
    with open(path, "wb") as local:
        local.write(b"from a file")
    by_name = files.create(body={"name": "by name"}, media_body=path, fields=FIELDS).execute()
    media = MediaFileUpload(path, resumable=True)
    by_media, _ = resume(files.create(body={"name": "by media"}, media_body=media, fields=FIELDS))
    return [by_name, by_media]


@step
def upload_resumable():
    lengths = {"chunks": 3 * QUANTUM + 1, "exact": 2 * QUANTUM, "one": 5, "empty": 0}
    answers = {}
    for name, length in lengths.items():
        content = noise(length)
        answer, pieces = resume(create(content, name=name, chunksize=QUANTUM, resumable=True))
        answers[name] = [int(answer["size"]), answer["md5Checksum"] == md5(content), pieces]
    content = noise(QUANTUM + 7)
    whole = create(content, name="whole", chunksize=-1, resumable=True).execute()
    answers["whole"] = [int(whole["size"]), whole["md5Checksum"] == md5(content), 1]
    without_name, _ = resume(create(b"abc", name=None, resumable=True))
    answers["without metadata"] = without_name["name"]
    return answers


class UnknownLength(MediaUpload):
    """A stream whose length nobody knows: chunks are `bytes a-b/*` until the last."""

    def __init__(self, content):
        self.content = content

    def chunksize(self):
        return QUANTUM

    def mimetype(self):
        return "text/plain"

    def resumable(self):
        return True

    def getbytes(self, begin, length):
        return self.content[begin : begin + length]


@step
def upload_of_unknown_length():
    content = noise(2 * QUANTUM + 100)
    start = lambda content: files.create(body={"name": "stream"}, media_body=UnknownLength(content), fields=FIELDS)
    answer, pieces = resume(start(content))
    # Of whole chunks alone, the client sends a last one, `bytes 524288-524287/524288`, which Google cannot read.
    refused = failure(lambda: resume(start(content[: 2 * QUANTUM])))
    return [answer["md5Checksum"] == md5(content), pieces, refused]


@step
def upload_resumed():
    """After an error the client asks how far the upload came, and continues there."""
    content = noise(3 * QUANTUM)
    request = create(content, name="resumed", chunksize=QUANTUM, resumable=True)
    request.next_chunk()
    strike({"operation": "files.upload.chunk", "kind": "error", "status": 503, "reason": "backendError", "times": 1})
    refused = failure(lambda: request.next_chunk())
    answer, _ = resume(request)
    return [refused["status"], answer["md5Checksum"] == md5(content)]


@step
def upload_broken_off():
    """The connection breaks in the middle of a chunk: the client fails, or httplib2 sends the chunk again by itself."""
    content = noise(3 * QUANTUM + 7)
    request = files.create(body={"name": "broken off"}, media_body=UnknownLength(content), fields=FIELDS)
    request.next_chunk()
    strike({"operation": "files.upload.chunk", "kind": "drop", "times": 1})
    try:
        _, answer = request.next_chunk()
    except OSError:
        answer = None
    return (answer or resume(request)[0])["md5Checksum"] == md5(content)


@step
def upload_refused():
    try:
        files.create(
            body={"name": "x", "parents": ["nowhere"]},
            media_body=MediaInMemoryUpload(b"x", resumable=True),
        ).execute()
    except ResumableUploadError as error:
        return [error.status_code, error.reason, error.error_details[0]["reason"]]


@step
def update_content():
    made = create(b"first", name="updated", mimetype="text/plain").execute()
    media = lambda content, **more: MediaIoBaseUpload(io.BytesIO(content), mimetype="text/plain", **more)
    answers = [
        files.update(fileId=made["id"], media_body=media(b"second"), fields=FIELDS).execute(),
        files.update(fileId=made["id"], body={"name": "renamed"}, media_body=media(b"third!"), fields=FIELDS).execute(),
        resume(files.update(fileId=made["id"], media_body=media(b"fourth!", resumable=True), fields=FIELDS))[0],
        files.update(fileId=made["id"], body={"description": "only this"}, fields=FIELDS + ",description").execute(),
    ]
    same = {answer["id"] for answer in answers} == {made["id"]}
    revisions = alice.revisions().list(fileId=made["id"]).execute()["revisions"]
    first = {"fileId": made["id"], "revisionId": revisions[0]["id"]}
    alice.revisions().update(body={"keepForever": True}, **first).execute()
    first = alice.revisions().get_media(**first).execute()
    return [same, [(a["name"], a["size"]) for a in answers], answers[-1]["description"], len(revisions), first.decode()]


@step
def convert():
    media = MediaInMemoryUpload(b"Title\n\nA paragraph.", mimetype="text/plain")
    made = files.create(body={"name": "Doc", "mimeType": DOCUMENT}, media_body=media).execute()
    text = files.export(fileId=made["id"], mimeType="text/plain").execute()
    chunked = io.BytesIO()
    download = MediaIoBaseDownload(chunked, files.export_media(fileId=made["id"], mimeType="application/pdf"))
    done = False
    while not done:
        _, done = download.next_chunk()
    return [made["mimeType"], "A paragraph." in text.decode(), chunked.getvalue()[:5].decode()]


# downloads


@step
def download():
    content = noise(3 * QUANTUM + 5)
    id = create(content, name="to download").execute()["id"]
    chunked, pieces, progress = io.BytesIO(), 0, []
    reader = MediaIoBaseDownload(chunked, files.get_media(fileId=id), chunksize=QUANTUM)
    done = False
    while not done:
        status, done = reader.next_chunk()
        progress.append(status.resumable_progress)
    return [chunked.getvalue() == content, progress, files.get_media(fileId=id).execute() == content]


@step
def download_of_nothing():
    id = create(b"", name="nothing").execute()["id"]
    target = io.BytesIO()
    status, done = MediaIoBaseDownload(target, files.get_media(fileId=id)).next_chunk()
    return [done, status.total_size, target.getvalue().decode(), files.get_media(fileId=id).execute().decode()]


@step
def download_of_a_document():
    id = files.create(body={"name": "D", "mimeType": DOCUMENT}).execute()["id"]
    reader = MediaIoBaseDownload(io.BytesIO(), files.get_media(fileId=id))
    return failure(lambda: reader.next_chunk())


# lists


@step
def pages():
    parent = files.create(body={"name": "many", "mimeType": FOLDER}).execute()["id"]
    for index in range(5):
        files.create(body={"name": "n%d" % index, "parents": [parent]}).execute()
    request = files.list(q="'%s' in parents and trashed = false" % parent, pageSize=2, orderBy="name desc")
    sizes, names = [], []
    while request is not None:
        answer = request.execute()
        sizes.append(len(answer["files"]))
        names += [each["name"] for each in answer["files"]]
        request = files.list_next(request, answer)
    return [sizes, names]


@step
def long_query():
    """An address over 2,048 characters is sent as a form by POST, with X-HTTP-Method-Override: GET."""
    parent = files.create(body={"name": "long", "mimeType": FOLDER}).execute()["id"]
    for index in range(3):
        files.create(body={"name": "täst %d" % index, "parents": [parent]}).execute()
    terms = " or ".join("name = 'täst %d'" % (index % 4) for index in range(150))
    before = requests("files.list").get("200", 0)
    request = files.list(q="'%s' in parents and (%s)" % (parent, terms), pageSize=2, orderBy="name", fields="nextPageToken,files(name)")
    first = request.execute()
    second = files.list_next(request, first)
    rest = second.execute() if second is not None else {"files": []}
    answers = [each["name"] for each in first["files"] + rest["files"]]
    missing = failure(files.get(fileId="missing", fields=",".join(["id", "name"] * 300)))
    return [request.method, answers, requests("files.list").get("200", 0) - before, missing]


@step
def changes():
    token = alice.changes().getStartPageToken().execute()["startPageToken"]
    made = files.create(body={"name": "changed"}).execute()["id"]
    request = alice.changes().list(pageToken=token, pageSize=1)
    ids = []
    while request is not None:
        answer = request.execute()
        ids += [each["fileId"] for each in answer["changes"]]
        request = alice.changes().list_next(request, answer)
    return [made in ids, "newStartPageToken" in answer]


# batch


@step
def batch():
    kept = files.create(body={"name": "kept"}).execute()["id"]
    gone = files.create(body={"name": "gone"}).execute()["id"]
    media = create("Grüße\n".encode(), name="media").execute()["id"]
    answers = {}

    def took(id, answer, error):
        answers[id] = answer if error is None else [error.status_code, error.reason]

    calls = alice.new_batch_http_request(callback=took)
    calls.add(files.get(fileId=kept, fields="name"), request_id="get")
    calls.add(files.create(body={"name": "Ünïcode\nline"}, fields="name"), request_id="create")
    calls.add(files.update(fileId=kept, body={"description": "d"}, fields="description"), request_id="update")
    calls.add(files.delete(fileId=gone), request_id="delete")
    calls.add(files.get(fileId="missing"), request_id="missing")
    calls.add(files.list(q="name = 'kept'", fields="files(name)"), request_id="list with spaces + <signs>")
    calls.add(
        alice.permissions().create(
            fileId=kept, body={"type": "user", "role": "reader", "emailAddress": "bob@example.com"}, fields="role"
        )
    )
    calls.add(files.get_media(fileId=media), request_id="media")
    calls.execute()
    return answers


@step
def batch_of_a_hundred():
    made = []
    calls = alice.new_batch_http_request(callback=lambda id, answer, error: made.append(answer["id"]))
    for index in range(100):
        calls.add(files.create(body={"name": "b%d" % index}, fields="id"))
    calls.execute()
    return len(set(made))


@step
def batch_refreshes():
    """Each call of a batch is refused with 401: the client refreshes and sends the batch again."""
    own = service(credentials())
    control("POST", "tokens/expire", {"account": "alice@example.com"})
    answers = []
    calls = own.new_batch_http_request(callback=lambda id, answer, error: answers.append([str(answer), str(error)]))
    calls.add(own.files().get(fileId="root", fields="name"))
    calls.add(own.about().get(fields="user(emailAddress)"))
    calls.execute()
    return answers


# the other resources


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


# errors


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
        strike({"operation": "about.get", "kind": "error", "times": 2, **fault})
        before = sum(requests("about.get").values())
        request = alice.about().get(fields="kind")
        request._rand = lambda: 0
        try:
            request.execute(num_retries=3)
            outcome = "answered"
        except HttpError as error:
            outcome = error.error_details[0]["reason"]
        counts[name] = [outcome, sum(requests("about.get").values()) - before]
    strike()
    return counts


# what the client knows of the API


@step
def masks():
    """Which fields of Google's discovery document the sandbox does not know, asked for one by one in masks."""
    document = json.loads(googleapiclient.discovery_cache.get_static_doc("drive", "v3"))
    schemas = document["schemas"]

    def paths(schema, depth=0):
        for name, field in schema.get("properties", {}).items():
            yield name
            inner = field.get("items", field)
            inner = schemas[inner["$ref"]] if "$ref" in inner else inner
            if depth < 2 and "properties" in inner:
                yield from (name + "/" + each for each in paths(inner, depth + 1))

    id = files.create(body={"name": "masked", "mimeType": DOCUMENT}).execute()["id"]
    comment = alice.comments().create(fileId=id, body={"content": "c"}, fields="id").execute()["id"]
    token = alice.changes().getStartPageToken().execute()["startPageToken"]
    calls = {
        "File": lambda fields: files.get(fileId=id, fields=fields),
        "FileList": lambda fields: files.list(pageSize=1, fields=fields),
        "About": lambda fields: alice.about().get(fields=fields),
        "ChangeList": lambda fields: alice.changes().list(pageToken=token, fields=fields),
        "StartPageToken": lambda fields: alice.changes().getStartPageToken(fields=fields),
        "GeneratedIds": lambda fields: files.generateIds(fields=fields),
        "PermissionList": lambda fields: alice.permissions().list(fileId=id, fields=fields),
        "RevisionList": lambda fields: alice.revisions().list(fileId=id, fields=fields),
        "CommentList": lambda fields: alice.comments().list(fileId=id, fields=fields),
        "ReplyList": lambda fields: alice.replies().list(fileId=id, commentId=comment, fields=fields),
        "DriveList": lambda fields: alice.drives().list(fields=fields),
    }
    refused, tried = [], 0
    for name, call in calls.items():
        known = list(paths(schemas[name]))
        tried += len(known)
        try:
            call(",".join(known)).execute()
        except HttpError:
            # Which of them it was.
            refused += [name + " " + each for each in known if failure(call(each)).get("status")]
        for wrong in ["nope", "kind()", "kind,", "nope(kind)", "kind/nope", "(kind", "kind kind"]:
            if failure(call(wrong)).get("details", [{}])[0].get("reason") != "invalidParameter":
                refused.append(name + " accepts " + wrong)
    return [refused, tried > 500]


@step
def methods():
    """The methods of Google's discovery document: their ids, verbs and paths."""
    document = json.loads(googleapiclient.discovery_cache.get_static_doc("drive", "v3"))
    found = []

    def walk(node):
        for method in node.get("methods", {}).values():
            found.append([method["id"].removeprefix("drive."), method["httpMethod"], method["path"]])
        for inner in node.get("resources", {}).values():
            walk(inner)

    walk(document)
    return found


# OAuth


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


def hangs(number, frame):
    raise TimeoutError("The step hangs.")


def main():
    signal.signal(signal.SIGALRM, hangs)
    results = {}
    for each in STEPS:
        # A step that hangs fails with the place where it hangs, and the others follow.
        signal.alarm(STEP_SECONDS)
        try:
            results[each.__name__] = {"ok": each()}
        except Exception:
            results[each.__name__] = {"error": traceback.format_exc()}
            strike()
        signal.alarm(0)
    json.dump(results, sys.stdout)


main()
