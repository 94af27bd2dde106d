import type { Session } from './session.port.js';

/** How long a process believes what it has read: an end must hold on every instance within a second. */
export const BELIEVED_MS = 400;
/** Bounds the memory: about a megabyte. */
const MOST = 1_000;

/**
 * Sessions that this process has just found live, so that a client who asks many times a second costs one look at the
 * store. What is ended here is forgotten at once; what is ended elsewhere is believed for `BELIEVED_MS` at most.
 */
export class KnownSessions {
  private readonly known = new Map<string, { session: Session; readonly at: number }>();
  private ends = 0;

  /** To be read before the store is asked. What it answers is kept only if no session has been ended here since. */
  get era(): number {
    return this.ends;
  }

  of(id: string): Session | undefined {
    const entry = this.known.get(id);
    if (!entry) return undefined;
    const now = Date.now();
    const age = now - entry.at;
    // A clock that was set back must not make it live longer.
    if (age >= 0 && age < BELIEVED_MS && now < entry.session.expiresAt) return entry.session;
    this.known.delete(id);
    return undefined;
  }

  keep(session: Session, era: number): void {
    if (era !== this.ends) return;
    if (this.known.size >= MOST) this.known.clear();
    this.known.set(session.id, { session, at: Date.now() });
  }

  /** Notes the use of one that is known; it is believed no longer for that. */
  noteUse(id: string, lastUsedAt: number): void {
    const entry = this.known.get(id);
    if (entry) entry.session = { ...entry.session, lastUsedAt };
  }

  /** A session was ended or its token replaced. Others are looked up once more: that is rare enough. */
  forget(): void {
    this.ends++;
    this.known.clear();
  }
}
