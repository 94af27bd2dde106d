import { googleError } from '../http/errors.ts';
import { GOOGLE_APIS, projectNumberOf } from '../http/google-apis.ts';
import { REQUEST_BUCKETS, type RequestBucket } from './costs.ts';

/** Requests per minute by bucket, as settings: `docsReadPerMinute` for a person, `projectDocsReadPerMinute` for a project. */
export type RequestQuotas = {
  [Name in `${RequestBucket}PerMinute` | `project${Capitalize<RequestBucket>}PerMinute`]?: number;
};

const userSetting = (bucket: RequestBucket) => `${bucket}PerMinute` as const;
const projectSetting = (bucket: RequestBucket) =>
  `project${(bucket.slice(0, 1).toUpperCase() + bucket.slice(1)) as Capitalize<RequestBucket>}PerMinute` as const;

/** Google's figures. */
export const GOOGLE_REQUEST_QUOTAS: Readonly<RequestQuotas> = Object.fromEntries(
  (Object.keys(REQUEST_BUCKETS) as RequestBucket[]).flatMap((bucket) => [
    [userSetting(bucket), REQUEST_BUCKETS[bucket].perUser],
    [projectSetting(bucket), REQUEST_BUCKETS[bucket].perProject],
  ]),
);

/**
 * Counts a request against the buckets of the person and of the project.
 * @param minute returns the counter of the current minute for a key, which this function increments
 * @throws GoogleError 429 `RATE_LIMIT_EXCEEDED` (`rateLimitExceeded` in the older format of errors) if a bucket is used
 * up; nothing is counted then.
 */
export function spendRequest(
  bucket: RequestBucket,
  { email, clientId }: { email: string; clientId: string },
  quotas: RequestQuotas,
  minute: (key: string) => { units: number },
): void {
  const limits = [
    ['project', quotas[projectSetting(bucket)], `project ${bucket} ${clientId}`],
    ['user', quotas[userSetting(bucket)], `user ${bucket} ${clientId} ${email}`],
  ] as const;
  const spent = limits.flatMap(([of, value, key]) => (value === undefined ? [] : [{ of, value, pace: minute(key) }]));
  for (const { of, value, pace } of spent) {
    if (pace.units < value) continue;
    const { api, metric } = REQUEST_BUCKETS[bucket];
    const words = metric.split(' ');
    const { service, errorShape } = GOOGLE_APIS[api];
    const sentence = {
      metric,
      limit: `${metric} per minute${of === 'user' ? ' per user' : ''}`,
      service,
      project: projectNumberOf(clientId),
    };
    if (errorShape === 'errors') throw googleError('queriesExceeded', sentence);
    throw googleError('minuteQuotaExceeded', {
      ...sentence,
      metricId: metric.toLowerCase().replace(' ', '_'),
      limitId: `${words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')}PerMinutePer${of === 'user' ? 'User' : 'Project'}`,
      value,
    });
  }
  for (const { pace } of spent) pace.units++;
}
