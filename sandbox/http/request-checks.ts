import { googleError } from './errors.ts';
import type { Exchange } from './exchange.ts';

/** The methods with `supportsMediaDownload` in the discovery document. */
const MEDIA_OPERATIONS = ['files.download', 'files.export', 'revisions.download'];

/**
 * Checks the parameters that every method has, before anything else. Measured by brekkylab/backlot
 * (`backlot/errors/google.py`).
 * @throws GoogleError 400 `badRequest`.
 */
export function checkSystemParameters({ method, query }: Exchange, operation: string): void {
  const version = query.has('$.xgafv') ? query.getAll('$.xgafv').at(-1) : undefined;
  if (version !== undefined && version !== '1' && version !== '2')
    throw googleError('invalidXgafv', { value: version });
  const alt = query.get('alt');
  if (alt && !/^json$/i.test(alt)) {
    if (!/^media$/i.test(alt)) throw googleError('invalidAlt', { value: alt });
    if (!MEDIA_OPERATIONS.includes(operation)) throw googleError('noMedia');
  }
  const callback = method === 'GET' && query.get('callback');
  if (callback && !/^[\w$.[\]]+$/.test(callback)) throw googleError('invalidCallback', { name: callback });
}

/**
 * @throws GoogleError 400 `badContent` for a body with a Content-Type other than JSON where JSON is required. Usual
 * causes are curl's `-d` and an upload without `uploadType`.
 */
export function checkJsonType(exchange: Exchange): void {
  const type = exchange.header('content-type')?.split(';')[0]?.trim();
  const isEmpty = exchange.header('transfer-encoding') === undefined && !Number(exchange.header('content-length') ?? 0);
  if (type && !isEmpty && exchange.method !== 'GET' && exchange.method !== 'DELETE' && !/\bjson$/i.test(type))
    throw googleError('unsupportedContent', { type });
}
