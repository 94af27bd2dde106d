"""What the client sends: uploads of all kinds, updates, conversions."""

import io
import os

from googleapiclient.errors import ResumableUploadError
from googleapiclient.http import MediaFileUpload, MediaIoBaseDownload, MediaIoBaseUpload, MediaInMemoryUpload, MediaUpload

from client import DOCUMENT, FIELDS, GIVEN, QUANTUM, alice, create, failure, files, md5, noise, resume, set_faults, step


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
    set_faults({"operation": "files.upload.chunk", "kind": "error", "status": 503, "reason": "backendError", "times": 1})
    refused = failure(lambda: request.next_chunk())
    answer, _ = resume(request)
    return [refused["status"], answer["md5Checksum"] == md5(content)]


@step
def upload_broken_off():
    """The connection breaks in the middle of a chunk: the client fails, or httplib2 sends the chunk again by itself."""
    # A second request may fail too: httplib2 keeps a connection of which it has not read the end.
    content = noise(3 * QUANTUM + 7)
    request = files.create(body={"name": "broken off"}, media_body=UnknownLength(content), fields=FIELDS)
    request.next_chunk()
    set_faults({"operation": "files.upload.chunk", "kind": "drop", "times": 1})
    for _ in range(5):
        try:
            return resume(request)[0]["md5Checksum"] == md5(content)
        except OSError:
            pass
    return False


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
