"""What the client reads: downloads, lists, batches."""

import io

from googleapiclient.http import MediaIoBaseDownload

from client import (
    DOCUMENT,
    FOLDER,
    QUANTUM,
    alice,
    control,
    create,
    credentials,
    failure,
    files,
    noise,
    requests,
    service,
    step,
)


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
