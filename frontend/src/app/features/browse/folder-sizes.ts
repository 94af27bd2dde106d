import { LiveAnnouncer } from '@angular/cdk/a11y';
import { HttpClient } from '@angular/common/http';
import { DestroyRef, inject, signal } from '@angular/core';
import { Subscription } from 'rxjs';
import { FolderSize } from '../../api/models/folder-size';
import { EVENT_STREAM, StreamMessage } from '../../core/event-stream';
import { asSide } from '../../core/api-client';
import { Side } from '../../core/side';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';

/** The sizes of folders that a person requested, kept while the page is open. Needs an injection context. */
export class FolderSizes {
  private readonly http = inject(HttpClient);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly toasts = inject(Toasts);
  private readonly t = inject(Texts).browse;
  private readonly found = signal<ReadonlyMap<string, FolderSize>>(new Map());
  private readonly running = new Map<string, Subscription>();

  constructor(private readonly side: () => Side) {
    inject(DestroyRef).onDestroy(() => {
      for (const each of this.running.values()) each.unsubscribe();
    });
  }

  /** Cancels all counts and forgets all sizes, as when another account signs in. */
  clear(): void {
    for (const id of [...this.running.keys()]) this.cancel(id);
    this.found.set(new Map());
  }

  /** The size counted so far; undefined until requested. */
  of(folderId: string): FolderSize | undefined {
    return this.found().get(folderId);
  }

  /** Starts counting a folder, or cancels the count if it is running. A complete count stays. */
  toggle({ id, name }: { readonly id: string; readonly name: string }): void {
    if (this.running.has(id)) return this.cancel(id);
    if (this.of(id)?.done) return;
    this.store(id, { items: 0, folders: 0, bytes: 0, done: false, isMore: false });
    const url = `/api/folders/${encodeURIComponent(id)}/size/events`;
    const context = asSide(this.side()).set(EVENT_STREAM, true);
    const subscription = this.http.get<StreamMessage>(url, { context }).subscribe({
      next: (message) => {
        if (message.kind === 'event' && message.type === 'size') this.store(id, JSON.parse(message.data) as FolderSize);
      },
      error: (error: unknown) => {
        this.cancel(id);
        this.toasts.failed(error, { side: this.side() });
      },
      complete: () => {
        this.running.delete(id);
        const size = this.of(id);
        // A stream that ended early has no result.
        if (size?.done) void this.announcer.announce(this.t().grid.sized(name, size.items, size.bytes, size.isMore));
        else this.cancel(id);
      },
    });
    if (!subscription.closed) this.running.set(id, subscription);
  }

  private store(id: string, size: FolderSize): void {
    this.found.update((before) => new Map(before).set(id, size));
  }

  private cancel(id: string): void {
    this.running.get(id)?.unsubscribe();
    this.running.delete(id);
    this.found.update((before) => new Map([...before].filter(([each]) => each !== id)));
  }
}
