import { parentPort } from 'node:worker_threads';
import { checksum, type HashJob, type HashResult } from './content.ts';

// A thread that computes checksums of large contents, so that they do not block the main thread.
parentPort?.on('message', ({ job, algorithm, source, size }: HashJob) => {
  checksum(algorithm, source, size).then(
    (digest) => parentPort?.postMessage({ job, digest } satisfies HashResult),
    (error: unknown) => parentPort?.postMessage({ job, failure: String(error) } satisfies HashResult),
  );
});
