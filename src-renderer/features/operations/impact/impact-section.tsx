import { Skeleton, Text } from '@mantine/core';
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import type { Plan } from '../../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../../app/i18n.tsx';
import { useWords } from '../../../format/words.ts';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Segmented } from '../../../ui/segmented.tsx';
import { drawable, groupedImpact, impactOf, readable } from './impact.ts';
import { impactText, type ImpactWords } from './impact-text.ts';

/** Drawing takes a library that no page needs at its start. */
const ImpactGraph = lazy(() =>
  import('./impact-graph.tsx').then((module) => ({ default: module.ImpactGraph })),
);

type Form = 'graph' | 'text' | 'json';

/** Lines of JSON that are shown; the copy is whole. */
const shownLines = 400;

/** What a plan touches: as a drawing, in words, and for programs. */
export function ImpactSection({ plan }: { plan: Plan }): ReactNode {
  const t = useT();
  const say = useMessage();
  const { number } = useWords();
  const [form, setForm] = useState<Form>();
  const whole = useMemo(() => impactOf(plan, ({ title }) => say(title)), [plan, say]);
  const seen = useMemo(() => (whole.nodes.length > readable ? groupedImpact(whole) : whole), [whole]);
  const words = useMemo<ImpactWords>(
    () => ({
      does: (word) => t(`impact.does.${word}` as Parameters<typeof t>[0]),
      count: number,
      services: (count) => t('impact.services', { count }),
      final: t('plan.final'),
    }),
    [t, number],
  );
  const canDraw = seen.nodes.length <= drawable;
  const now = form ?? (canDraw ? 'graph' : 'text');
  const text = useMemo(() => impactText(seen, words), [seen, words]);
  const json = useMemo(
    () =>
      now === 'json' ? JSON.stringify({ kind: plan.kind, digest: plan.digest, ...whole }, undefined, 2) : '',
    [now, plan, whole],
  );
  const head = json.split('\n', shownLines + 1);
  return (
    <div className="bc-impact">
      <div className="bc-tools">
        <Segmented
          label={t('impact.as')}
          value={now}
          options={(canDraw ? (['graph', 'text', 'json'] as const) : (['text', 'json'] as const)).map(
            (value) => ({
              value,
              label: t(`impact.as.${value}`),
            }),
          )}
          onChange={setForm}
        />
        {now === 'graph' ? null : (
          <CopyButton
            value={now === 'text' ? text : json}
            label={t(now === 'text' ? 'impact.copyText' : 'impact.copyJson')}
          />
        )}
        {seen === whole ? null : (
          <Text size="xs" c="dimmed">
            {t('impact.grouped', { nodes: number(whole.nodes.length) })}
          </Text>
        )}
      </div>
      {now === 'graph' ? (
        <Suspense fallback={<Skeleton height={380} animate={false} />}>
          <ImpactGraph impact={seen} words={words} />
        </Suspense>
      ) : (
        <pre className="bc-impact-text" tabIndex={0} aria-label={t(`impact.as.${now}`)}>
          {now === 'text' ? text : head.slice(0, shownLines).join('\n')}
          {now === 'json' && head.length > shownLines ? `\n… ${t('impact.more')}` : ''}
        </pre>
      )}
    </div>
  );
}
