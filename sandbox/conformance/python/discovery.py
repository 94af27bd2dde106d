"""Google's discovery document, of which the client has a copy."""

import json

import googleapiclient.discovery_cache
from googleapiclient.errors import HttpError

from client import DOCUMENT, alice, failure, files, step


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
