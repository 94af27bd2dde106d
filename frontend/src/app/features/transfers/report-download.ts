import { HttpClient, HttpErrorResponse } from '@angular/common/http';
import { DOCUMENT, inject, Service } from '@angular/core';
import { catchError, firstValueFrom } from 'rxjs';
import { asSide } from '../../core/api-client';

/** `access`: the permissions of the copies, `links`: their links, `map`: old and new ids; all as CSV. */
export type ReportFormat = 'csv' | 'json' | 'access' | 'links' | 'map';

/** Rejects with the same error, but its body as text: for a blob request, Angular returns the problem as a blob too. */
async function withReadableBody(error: unknown): Promise<never> {
  if (!(error instanceof HttpErrorResponse) || !(error.error instanceof Blob)) throw error;
  const { status, headers, url } = error;
  const readable = new HttpErrorResponse({ error: await error.error.text(), status, headers, url: url ?? undefined });
  throw readable as Error;
}

/** Downloads reports with the session's headers, which a plain link cannot send, and saves them as files. */
@Service()
export class ReportDownload {
  private readonly http = inject(HttpClient);
  private readonly document = inject(DOCUMENT);

  /** Rejects with the HttpErrorResponse of the request. */
  async save(transferId: string, format: ReportFormat): Promise<void> {
    const isReport = format === 'csv' || format === 'json';
    const report = await firstValueFrom(
      this.http
        .get(`/api/transfers/${encodeURIComponent(transferId)}/${isReport ? 'report' : `${format}.csv`}`, {
          ...(isReport && { params: { format } }),
          context: asSide('both'),
          // A report may be large, and browsers can keep a blob on disk.
          responseType: 'blob',
        })
        .pipe(catchError((error: unknown) => withReadableBody(error))),
    );
    const url = URL.createObjectURL(report);
    const link = this.document.createElement('a');
    link.href = url;
    link.download = `cloudmover-${transferId}${isReport ? `.${format}` : `-${format}.csv`}`;
    link.click();
    // In the next turn, the browser has started the download.
    setTimeout(() => URL.revokeObjectURL(url));
  }
}
