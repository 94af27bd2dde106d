// The sandbox behind TLS, in a process of its own: what both sides of a comparison with a foreign program go through.
//   node backend/bench/tls-proxy.ts SANDBOX_URL AUTHORITY_FILE
// Sends { type: 'ready', directUrl, proxyUrl } when it serves; the authority's certificate lies in the file then.
import { writeFileSync } from 'node:fs';
import { GoogleProxy } from '@cloudmover/drive-sandbox';

const [sandboxUrl = '', authorityFile = ''] = process.argv.slice(2);
const proxy = await GoogleProxy.start(sandboxUrl);
writeFileSync(authorityFile, proxy.authority);
process.send?.({ type: 'ready', directUrl: proxy.directUrl, proxyUrl: proxy.url });
const stop = (): void => process.exit(0);
process.on('SIGTERM', stop);
process.on('disconnect', stop);
