import { notifications } from '@mantine/notifications';
import { useEffect } from 'react';
import type { Sent } from '../../../shared/contract/notifications.ts';
import { useClient } from '../../app/client-context.tsx';
import { useT, type Translate } from '../../app/i18n.tsx';

/** Lines of a notice on the screen; the record on the monitoring page has them all. */
const shownLines = 4;

const colours = { critical: 'red', warning: 'yellow', notice: 'accent' } as const;

/** Asks the browser whether notices may also show while another window is in front. A click must have led here. */
export function askForNotices(): void {
  if ('Notification' in window && Notification.permission === 'default')
    void Notification.requestPermission().catch(() => undefined);
}

function show({ seq, subject, lines, severity, kind }: Sent, t: Translate): void {
  const text = lines.slice(0, shownLines).join('\n');
  notifications.show({
    id: `notice-${seq}`,
    color: kind === 'resolved' ? 'green' : colours[severity],
    title: subject,
    message: text,
    // What is urgent waits until it was read.
    autoClose: kind === 'alert' && severity === 'critical' ? false : 20_000,
    closeButtonProps: { 'aria-label': t('ui.close') },
    style: { whiteSpace: 'pre-line', overflowWrap: 'anywhere' },
  });
  if (document.hidden && 'Notification' in window && Notification.permission === 'granted')
    new Notification(subject, { body: text, tag: `bootroot-${seq}` });
}

/** Notices of the channels that reach people on the screen, from now on, on every page. */
export function useNotices(): void {
  const client = useClient();
  const t = useT();
  useEffect(
    () =>
      client.subscribe(
        'notifications.follow',
        {},
        // One that is missed because the connection was lost is in the record.
        { onItem: (sent) => show(sent, t), onError: () => undefined },
      ),
    [client, t],
  );
}
