import { IconCheck, IconCircleDashed, IconHelp, IconArrowBackUp, type Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { explain, type Explanation } from './explain.ts';

/** Names of steps that are said before the rest is counted. */
const named = 6;

const parts: readonly (readonly [
  keyof Pick<Explanation, 'sure' | 'unsure' | 'undone' | 'notBegun'>,
  Icon,
])[] = [
  ['unsure', IconHelp],
  ['sure', IconCheck],
  ['undone', IconArrowBackUp],
  ['notBegun', IconCircleDashed],
];

/** Of an operation that stopped: where, what is sure, what is not. */
export function ExplanationSection({ operation }: { operation: Operation }): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const found = explain(operation);
  if (found === undefined) return null;
  return (
    <Section title={t('explain.title')}>
      <p>
        {found.at === undefined ? t('explain.afterAll') : t('explain.at', { step: say(found.at.title) })}{' '}
        <span className="bc-muted">
          <RelativeTime at={found.since} />
        </span>
      </p>
      <dl className="bc-explain">
        {parts.map(([part, Mark]) => {
          const steps = found[part];
          if (steps.length === 0) return null;
          const rest = steps.length - named;
          return (
            <div key={part} data-part={part}>
              <dt>
                <Mark size={15} aria-hidden /> {t(`explain.${part}`)}
              </dt>
              <dd>
                {steps
                  .slice(0, named)
                  .map(({ title }) => say(title))
                  .join(' · ')}
                {rest > 0 ? ` · ${t('explain.more', { rest: words.number(rest) })}` : ''}
              </dd>
            </div>
          );
        })}
      </dl>
    </Section>
  );
}
