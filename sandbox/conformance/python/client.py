"""What the steps share: the client, signed in to the sandbox, and what they expect of it."""

import hashlib
import io
import json
import sys
import urllib.request

import google.oauth2.credentials
import googleapiclient.discovery
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

GIVEN = json.load(sys.stdin)
DRIVE_SCOPE = "https://www.googleapis.com/auth/drive"
FOLDER = "application/vnd.google-apps.folder"
DOCUMENT = "application/vnd.google-apps.document"
QUANTUM = 256 * 1024
STEPS = []


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


def set_faults(*faults):
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
