import type { Sent } from '../../../shared/contract/notifications.ts';
import type { Dispatcher } from '../../console/dispatcher.ts';
import { pause } from '../../operations/pause.ts';

export interface DesktopNoticesOptions {
  readonly dispatcher: Pick<Dispatcher, 'open'>;
  readonly actor: string;
  /** Whether the window is in front: then its page shows the notice. */
  readonly inFront: () => boolean;
  /** Shows it as the system does. */
  readonly show: (notice: { readonly title: string; readonly body: string }) => void;
  readonly signal: AbortSignal;
  /** Before it is asked again, for example because no installation was open. Milliseconds. */
  readonly againMs?: number;
}

/** Lines that a system shows; the record has them all. */
const shownLines = 4;

/**
 * Notices of the desktop channels while another window is in front. The page may not show them itself: this window refuses every
 * permission that a page asks for.
 */
export async function followNotices(options: DesktopNoticesOptions): Promise<void> {
  const { dispatcher, actor, inFront, show, signal, againMs = 10_000 } = options;
  const call = { actor: `${actor} (window)`, host: 'electron' as const, signal };
  while (!signal.aborted) {
    try {
      for await (const item of dispatcher.open('notifications.follow', {}, call)) {
        const { subject, lines } = item as Sent;
        if (!inFront()) show({ title: subject, body: lines.slice(0, shownLines).join('\n') });
      }
    } catch {
      // No installation is open, or another one was opened: it is asked again, and what was missed is in the record.
    }
    await pause(againMs, signal);
  }
}
