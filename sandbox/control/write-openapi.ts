// `npm run openapi` in this package: writes openapi.json from the table of calls.
import { writeFileSync } from 'node:fs';
import { describeControl } from './description.ts';

writeFileSync(new URL('openapi.json', import.meta.url), `${JSON.stringify(describeControl(), null, 2)}\n`);
