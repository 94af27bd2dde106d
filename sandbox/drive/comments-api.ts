import type { Endpoints } from '../http/endpoint.ts';
import { checkKinds } from '../http/body-kinds.ts';
import {
  checkFields,
  deleted,
  findItem,
  maskOf,
  pageSizeOf,
  requireFields,
  viewOf,
  type Call,
  pageFrom,
  startOfPage,
} from '../http/call.ts';
import { atLeast, newId, type Comment, type CommentReply, type DriveStore, type Item } from './drive-store.ts';
import { googleError, insufficientFilePermissions, invalidValue } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { isReadOnly, readOnlyRefusal } from './content-restrictions.ts';
import { applyMask, type Schema } from '../http/fields.ts';
import { rfc3339, USER_SCHEMA, userOf, type View } from './file-resource.ts';
import { isOn } from '../http/query-types.ts';
import { parseTime } from './query.ts';

const REPLY_SCHEMA: Schema = {
  kind: true,
  id: true,
  action: true,
  author: USER_SCHEMA,
  deleted: true,
  htmlContent: true,
  content: true,
  createdTime: true,
  modifiedTime: true,
  mentionedEmailAddresses: true,
  assigneeEmailAddress: true,
};
const COMMENT_SCHEMA: Schema = {
  kind: true,
  id: true,
  createdTime: true,
  modifiedTime: true,
  resolved: true,
  anchor: true,
  replies: REPLY_SCHEMA,
  author: USER_SCHEMA,
  deleted: true,
  htmlContent: true,
  content: true,
  quotedFileContent: { mimeType: true, value: true },
  mentionedEmailAddresses: true,
  assigneeEmailAddress: true,
};
const COMMENT_LIST_SCHEMA: Schema = { kind: true, nextPageToken: true, comments: COMMENT_SCHEMA };
const REPLY_LIST_SCHEMA: Schema = { kind: true, nextPageToken: true, replies: REPLY_SCHEMA };

/** The endpoints of comments and replies. */
export const COMMENTS_ENDPOINTS = {
  'comments.list': {
    at: 'GET /drive/v3/files/{fileId}/comments',
    handle: ({ comments }, call) => comments.listComments(call),
    scopes: 'read',
    cost: 'list',
    typicalMs: 80,
    errors: ['fileNotFound', 'fieldsRequired'],
  },
  'comments.create': {
    at: 'POST /drive/v3/files/{fileId}/comments',
    handle: ({ comments }, call) => comments.createComment(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: ['fileNotFound', 'fieldsRequired', 'insufficientFilePermissions', 'fileNeverWritable', 'contentRequired'],
  },
  'comments.get': {
    at: 'GET /drive/v3/files/{fileId}/comments/{commentId}',
    handle: ({ comments }, call) => comments.getComment(call),
    scopes: 'read',
    cost: 'get',
    typicalMs: 80,
    errors: ['fileNotFound', 'fieldsRequired', 'commentNotFound'],
  },
  'comments.update': {
    at: 'PATCH /drive/v3/files/{fileId}/comments/{commentId}',
    handle: ({ comments }, call) => comments.update(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: [
      'fileNotFound',
      'fieldsRequired',
      'insufficientFilePermissions',
      'fileNeverWritable',
      'contentRequired',
      'commentNotFound',
    ],
  },
  'comments.delete': {
    at: 'DELETE /drive/v3/files/{fileId}/comments/{commentId}',
    handle: ({ comments }, call) => comments.delete(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: ['fileNotFound', 'insufficientFilePermissions', 'fileNeverWritable', 'commentNotFound'],
  },
  'replies.list': {
    at: 'GET /drive/v3/files/{fileId}/comments/{commentId}/replies',
    handle: ({ comments }, call) => comments.listReplies(call),
    scopes: 'read',
    cost: 'list',
    typicalMs: 80,
    errors: ['fileNotFound', 'fieldsRequired', 'commentNotFound'],
  },
  'replies.create': {
    at: 'POST /drive/v3/files/{fileId}/comments/{commentId}/replies',
    handle: ({ comments }, call) => comments.createReply(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: [
      'fileNotFound',
      'fieldsRequired',
      'insufficientFilePermissions',
      'fileNeverWritable',
      'contentRequired',
      'commentNotFound',
    ],
  },
  'replies.get': {
    at: 'GET /drive/v3/files/{fileId}/comments/{commentId}/replies/{replyId}',
    handle: ({ comments }, call) => comments.getReply(call),
    scopes: 'read',
    cost: 'get',
    typicalMs: 80,
    errors: ['fileNotFound', 'fieldsRequired', 'commentNotFound', 'replyNotFound'],
  },
  'replies.update': {
    at: 'PATCH /drive/v3/files/{fileId}/comments/{commentId}/replies/{replyId}',
    handle: ({ comments }, call) => comments.update(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: [
      'fileNotFound',
      'fieldsRequired',
      'insufficientFilePermissions',
      'fileNeverWritable',
      'contentRequired',
      'commentNotFound',
      'replyNotFound',
    ],
  },
  'replies.delete': {
    at: 'DELETE /drive/v3/files/{fileId}/comments/{commentId}/replies/{replyId}',
    handle: ({ comments }, call) => comments.delete(call),
    scopes: 'write',
    cost: 'edit',
    typicalMs: 80,
    errors: ['fileNotFound', 'insufficientFilePermissions', 'fileNeverWritable', 'commentNotFound', 'replyNotFound'],
  },
} as const satisfies Endpoints;

/** Comments and replies ("Manage comments and replies"): `fields` is mandatory, author and time are the caller's. */
export class CommentsApi {
  private readonly store: DriveStore;
  private readonly now: () => number;

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
  }

  /** The file whose comments a call reads. */
  private readable(call: Call): Item {
    requireFields(call);
    return findItem(call, this.store);
  }

  /** The file whose comments a call changes. */
  private writable(call: Call, schema?: Schema): Item {
    if (schema) {
      requireFields(call);
      checkFields(call, schema);
    }
    const item = findItem(call, this.store);
    if (!atLeast(this.store.roleOf(item, call.caller.account), 'commenter')) throw insufficientFilePermissions();
    if (isReadOnly(item)) throw readOnlyRefusal(this.store);
    return item;
  }

  getComment(call: Call): Reply {
    const withDeleted = isOn(call.exchange.query, 'includeDeleted');
    return this.answerComment(call, this.comment(call, this.readable(call), withDeleted));
  }

  getReply(call: Call): Reply {
    return this.answerReply(call, this.reply(call, this.comment(call, this.readable(call))));
  }

  listComments(call: Call): Reply {
    const item = this.readable(call);
    const { query } = call.exchange;
    const mask = maskOf(call, COMMENT_LIST_SCHEMA, '*');
    const since = query.get('startModifiedTime');
    const from = since ? parseTime(since) : -Infinity;
    if (from === undefined) throw invalidValue('startModifiedTime');
    const withDeleted = isOn(query, 'includeDeleted');
    // The newest first.
    const found = (item.comments ?? [])
      .filter((comment) => (withDeleted || !comment.deleted) && comment.modified >= from)
      .sort((a, b) => b.modified - a.modified);
    const view = viewOf(call, this.store);
    const page = this.page(call, found);
    const json = {
      kind: 'drive#commentList',
      ...page.next,
      comments: page.shown.map((comment) => commentResource(comment, view, withDeleted)),
    };
    return { status: 200, json: applyMask(json, mask) };
  }

  listReplies(call: Call): Reply {
    const item = this.readable(call);
    const mask = maskOf(call, REPLY_LIST_SCHEMA, '*');
    const withDeleted = isOn(call.exchange.query, 'includeDeleted');
    const found = this.comment(call, item).replies.filter((reply) => withDeleted || !reply.deleted);
    const view = viewOf(call, this.store);
    const page = this.page(call, found);
    const json = {
      kind: 'drive#replyList',
      ...page.next,
      replies: page.shown.map((reply) => replyResource(reply, view)),
    };
    return { status: 200, json: applyMask(json, mask) };
  }

  private page<T>(call: Call, all: readonly T[]): ReturnType<typeof pageFrom<T>> {
    const pageSize = pageSizeOf(call, this.store, 20, 100);
    return pageFrom(call, all, startOfPage(call), pageSize);
  }

  async createComment(call: Call): Promise<Reply> {
    const item = this.writable(call, COMMENT_SCHEMA);
    const body = checkKinds(await call.exchange.json(), 'comment');
    const content = contentOf(body, 'comment');
    const quoted = body['quotedFileContent'] as { mimeType?: unknown; value?: unknown } | undefined;
    const time = this.now();
    const comment: Comment = {
      id: newId().slice(0, 11),
      author: call.caller.account.email,
      created: time,
      modified: time,
      content,
      deleted: false,
      resolved: false,
      ...(typeof body['anchor'] === 'string' ? { anchor: body['anchor'] } : {}),
      ...(quoted
        ? {
            quotedFileContent: {
              ...(typeof quoted.mimeType === 'string' ? { mimeType: quoted.mimeType } : {}),
              ...(typeof quoted.value === 'string' ? { value: quoted.value } : {}),
            },
          }
        : {}),
      replies: [],
    };
    (item.comments ??= []).push(comment);
    this.store.touch(item);
    return this.answerComment(call, comment);
  }

  /** Gives a comment or reply other content. */
  async update(call: Call): Promise<Reply> {
    const item = this.writable(call, call.route.ids.replyId === undefined ? COMMENT_SCHEMA : REPLY_SCHEMA);
    const named = this.named(call, item);
    const kind = 'replies' in named ? 'comment' : 'reply';
    const content = contentOf(checkKinds(await call.exchange.json(), kind), kind);
    this.checkAuthor(call, named);
    Object.assign(named, { content, modified: this.now() });
    this.store.touch(item);
    return 'replies' in named ? this.answerComment(call, named) : this.answerReply(call, named);
  }

  /** Deletes a comment or reply: it stays in the list for those who ask for deleted ones, without content. */
  delete(call: Call): Reply {
    const item = this.writable(call);
    const named = this.named(call, item);
    // The owner of a file may clear its margin.
    if (item.owner !== call.caller.account) this.checkAuthor(call, named);
    Object.assign(named, { content: '', deleted: true, modified: this.now() });
    this.store.touch(item);
    return deleted(this.store);
  }

  async createReply(call: Call): Promise<Reply> {
    const item = this.writable(call, REPLY_SCHEMA);
    const comment = this.comment(call, item);
    const body = checkKinds(await call.exchange.json(), 'reply');
    const { action } = body;
    if (action !== undefined && action !== 'resolve' && action !== 'reopen') throw invalidValue('reply.action');
    const time = this.now();
    const reply: CommentReply = {
      id: newId().slice(0, 11),
      author: call.caller.account.email,
      created: time,
      modified: time,
      // "A reply must have content, unless it resolves or reopens."
      content: action === undefined || body['content'] !== undefined ? contentOf(body, 'reply') : '',
      deleted: false,
      ...(action === undefined ? {} : { action }),
    };
    if (action !== undefined) comment.resolved = action === 'resolve';
    comment.modified = time;
    comment.replies.push(reply);
    this.store.touch(item);
    return this.answerReply(call, reply);
  }

  private comment(call: Call, item: Item, withDeleted = false): Comment {
    const { commentId = '' } = call.route.ids;
    const found = item.comments?.find(({ id }) => id === commentId);
    if (!found || (found.deleted && !withDeleted)) throw googleError('commentNotFound', { id: commentId });
    return found;
  }

  /** The comment that a call names, or the reply to it. */
  private named(call: Call, item: Item): Comment | CommentReply {
    const comment = this.comment(call, item);
    return call.route.ids.replyId === undefined ? comment : this.reply(call, comment);
  }

  private reply(call: Call, comment: Comment): CommentReply {
    const { replyId = '' } = call.route.ids;
    const found = comment.replies.find(({ id }) => id === replyId);
    if (!found || found.deleted) throw googleError('replyNotFound', { id: replyId });
    return found;
  }

  private checkAuthor(call: Call, { author }: { author: string }): void {
    if (author !== call.caller.account.email) throw insufficientFilePermissions();
  }

  private answerComment(call: Call, comment: Comment): Reply {
    const json = commentResource(comment, viewOf(call, this.store), true);
    return { status: 200, json: applyMask(json, maskOf(call, COMMENT_SCHEMA, '*')) };
  }

  private answerReply(call: Call, reply: CommentReply): Reply {
    const json = replyResource(reply, viewOf(call, this.store));
    return { status: 200, json: applyMask(json, maskOf(call, REPLY_SCHEMA, '*')) };
  }
}

/** What a copy of a document with `copyComments=true` takes along: what is still open. */
export function openComments(item: Item): Comment[] {
  return (item.comments ?? [])
    .filter((comment) => !comment.deleted && !comment.resolved)
    .map((comment) => ({
      ...comment,
      id: newId().slice(0, 11),
      replies: comment.replies.filter((reply) => !reply.deleted).map((reply) => ({ ...reply })),
    }));
}

function contentOf(body: Record<string, unknown>, what: string): string {
  const { content } = body;
  if (typeof content !== 'string' || content === '') throw googleError('contentRequired', { what });
  return content;
}

function said(each: Comment | CommentReply, view: View): Record<string, unknown> {
  return {
    id: each.id,
    createdTime: rfc3339(each.created),
    modifiedTime: rfc3339(each.modified),
    author: withoutAddress(userOf(each.author, view)),
    deleted: each.deleted,
    ...(each.deleted ? {} : { content: each.content, htmlContent: htmlOf(each.content) }),
  };
}

function commentResource(comment: Comment, view: View, withDeleted: boolean): Record<string, unknown> {
  return {
    kind: 'drive#comment',
    ...said(comment, view),
    resolved: comment.resolved,
    ...(comment.anchor === undefined ? {} : { anchor: comment.anchor }),
    ...(comment.quotedFileContent ? { quotedFileContent: comment.quotedFileContent } : {}),
    replies: comment.replies
      .filter((reply) => withDeleted || !reply.deleted)
      .map((reply) => replyResource(reply, view)),
  };
}

function replyResource(reply: CommentReply, view: View): Record<string, unknown> {
  return {
    kind: 'drive#reply',
    ...said(reply, view),
    ...(reply.action === undefined ? {} : { action: reply.action }),
  };
}

/** Authors of comments are shown by name: address and permission id "will not be populated" (reference of comments). */
function withoutAddress(user: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (!user) return undefined;
  return { kind: user['kind'], displayName: user['displayName'], photoLink: user['photoLink'], me: user['me'] };
}

function htmlOf(text: string): string {
  return text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char);
}
