import { useState, type ReactNode } from 'react';
import type { ContainerHappening } from '../../../shared/contract/containers.ts';
import { useT } from '../../app/i18n.tsx';
import { useStreamed } from '../../app/streamed.ts';
import { useWords } from '../../format/words.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Section } from '../../ui/section.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';

const kept = 200;
const hour = 3_600_000;

/** The newest first. */
const fold = (
  before: readonly ContainerHappening[] | undefined,
  event: ContainerHappening,
): readonly ContainerHappening[] => [event, ...(before ?? [])].slice(0, kept);

function EventList(): ReactNode {
  const t = useT();
  const words = useWords();
  const [since] = useState(() => Date.now() - hour);
  const events = useStreamed('containers.events', { since }, fold);
  if (events.error !== undefined) return <ErrorPanel error={events.error.data} onRetry={events.retry} />;
  if (events.value === undefined) return <p className="bc-muted">{t('containers.noEvents')}</p>;
  return (
    <ul className="bc-events">
      {events.value.map(({ at, container, action }, index) => (
        <li key={`${at} ${container} ${action} ${index}`}>
          <time className="bc-muted">{words.clock(at)}</time>
          <span>{container}</span>
          <code>{action}</code>
        </li>
      ))}
    </ul>
  );
}

/** What happened to the containers; asked only while it is unfolded. */
export function EventsSection(): ReactNode {
  const t = useT();
  return (
    <Section title={t('containers.events')}>
      <Disclosure label={t('containers.lastHour')}>
        <EventList />
      </Disclosure>
    </Section>
  );
}
