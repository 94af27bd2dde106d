// A TLS proxy before the sandbox, for both sides of a comparison with another program.
//   node backend/bench/tls-proxy.ts SANDBOX_URL AUTHORITY_FILE
// Sends { type: 'ready', directUrl, proxyUrl } when it is ready and the authority's certificate is in the file.
import { writeFileSync } from 'node:fs';
import { GoogleProxy } from '@cloudmover/drive-sandbox';

const [sandboxUrl = '', authorityFile = ''] = process.argv.slice(2);
const proxy = await GoogleProxy.start(sandboxUrl);
writeFileSync(authorityFile, proxy.authority);
process.send?.({ type: 'ready', directUrl: proxy.directUrl, proxyUrl: proxy.url });
const stop = (): void => process.exit(0);
process.on('SIGTERM', stop);
process.on('disconnect', stop);
