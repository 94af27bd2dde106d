import type { ErrorRow } from './error-catalogue.ts';

/** Errors of a project's APIs, and of the editors' APIs (https://google.aip.dev/193). Part of the catalogue. */
export const API_ERRORS = {
  serviceDisabled: [
    403,
    '{title} has not been used in project {project} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/{service}/overview?project={project} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.',
    {
      reason: 'SERVICE_DISABLED',
      statusWord: 'PERMISSION_DENIED',
      info: {
        service: '{service}',
        consumer: 'projects/{project}',
        containerInfo: '{project}',
        serviceTitle: '{title}',
        activationUrl: 'https://console.developers.google.com/apis/api/{service}/overview?project={project}',
      },
      help: {
        description: 'Google developers console API activation',
        url: 'https://console.developers.google.com/apis/api/{service}/overview?project={project}',
      },
      example: { title: 'Google Docs API', service: 'docs.googleapis.com', project: '123456789012' },
    },
  ],
  /** The same for APIs with the older format. */
  accessNotConfigured: [
    403,
    '{title} has not been used in project {project} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/{service}/overview?project={project} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.',
    {
      domain: 'usageLimits',
      statusWord: 'PERMISSION_DENIED',
      example: { title: 'Google Drive API', service: 'drive.googleapis.com', project: '123456789012' },
    },
  ],
  minuteQuotaExceeded: [
    429,
    "Quota exceeded for quota metric '{metric}' and limit '{limit}' of service '{service}' for consumer 'project_number:{project}'.",
    {
      reason: 'RATE_LIMIT_EXCEEDED',
      statusWord: 'RESOURCE_EXHAUSTED',
      info: {
        service: '{service}',
        consumer: 'projects/{project}',
        quota_location: 'global',
        quota_metric: '{service}/{metricId}',
        quota_limit: '{limitId}',
        quota_limit_value: '{value}',
      },
      help: {
        description: 'Request a higher quota limit.',
        url: 'https://cloud.google.com/docs/quotas/help/request_increase',
      },
      example: {
        metric: 'Write requests',
        limit: 'Write requests per minute per user',
        service: 'docs.googleapis.com',
        project: '123456789012',
        metricId: 'write_requests',
        limitId: 'WriteRequestsPerMinutePerUser',
        value: 60,
      },
    },
  ],
  /** The same for APIs with the older format. */
  queriesExceeded: [
    429,
    "Quota exceeded for quota metric '{metric}' and limit '{limit}' of service '{service}' for consumer 'project_number:{project}'.",
    {
      reason: 'rateLimitExceeded',
      domain: 'usageLimits',
      statusWord: 'RESOURCE_EXHAUSTED',
      example: {
        metric: 'Queries',
        limit: 'Queries per minute per user',
        service: 'admin.googleapis.com',
        project: '123456789012',
      },
    },
  ],
  entityNotFound: [404, 'Requested entity was not found.', { reason: 'notFound' }],
  noPermission: [403, 'The caller does not have permission', { reason: 'forbidden' }],
  operationNotSupported: [
    400,
    'This operation is not supported for this document',
    { reason: 'failedPrecondition', statusWord: 'FAILED_PRECONDITION' },
  ],
  unknownName: [
    400,
    'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.',
    { reason: 'badRequest', example: { name: 'x', at: '' } },
  ],
  /** A request of a batch: `Invalid requests[0].insertText: …`. */
  invalidRequest: [400, 'Invalid requests[{index}].{kind}: {why}', { reason: 'badRequest' }],
  invalidArgument: [400, '{why}', { reason: 'badRequest', example: { why: 'Request contains an invalid argument.' } }],
  /** A parameter, or a field of a body, whose value does not fit its type. */
  wrongType: [
    400,
    '{why}',
    {
      reason: 'invalid',
      statusWord: 'INVALID_ARGUMENT',
      example: { why: `Invalid value at 'page_size' (TYPE_INT32), "x"` },
    },
  ],
  /** Google supports it, the sandbox does not model it. */
  requestNotModelled: [
    501,
    'The sandbox does not model requests[{index}].{kind}.',
    { reason: 'notImplemented', example: { index: 0, kind: 'request' } },
  ],
  appDataFolderNotModelled: [
    501,
    'The sandbox does not model the application data folder.',
    { reason: 'notImplemented', location: 'file.parents' },
  ],
  revisionMismatch: [
    400,
    "The required revision ID '{id}' does not match the latest revision.",
    { reason: 'failedPrecondition', statusWord: 'FAILED_PRECONDITION' },
  ],
  revisionTooOld: [
    400,
    "The target revision ID '{id}' is too far behind the latest revision. Try again with the latest one.",
    { reason: 'failedPrecondition', statusWord: 'FAILED_PRECONDITION' },
  ],
} as const satisfies Record<string, ErrorRow>;
