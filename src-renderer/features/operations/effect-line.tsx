import { Tooltip } from '@mantine/core';
import { IconArrowBackUpDouble } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Effect } from '../../../shared/contract/operations.ts';
import { useMessage, useT, type Translate } from '../../app/i18n.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import type { PlannedEffect } from './effects.ts';

type Say = ReturnType<typeof useMessage>;

interface Line {
  readonly verb: string;
  readonly subject: string;
  readonly note?: string | undefined;
  readonly body?: string | undefined;
}

function describe(effect: Effect, t: Translate, say: Say): Line {
  switch (effect.kind) {
    case 'file':
      return {
        verb: t(`plan.action.${effect.action}`),
        subject: effect.path,
        note: effect.mode === undefined ? undefined : t('plan.mode', { mode: effect.mode }),
        body: effect.diff,
      };
    case 'openbao':
      return {
        verb: t(`plan.action.${effect.action}`),
        subject: effect.path,
        note: t(`plan.openbao.${effect.what}`),
        body: effect.detail,
      };
    case 'database':
      return { verb: t(`plan.action.${effect.action}`), subject: effect.name };
    case 'process':
      return {
        verb: t(`plan.process.${effect.action}`),
        subject: effect.name,
        note: effect.note === undefined ? undefined : say(effect.note),
      };
    case 'download':
      return {
        verb: t('plan.download'),
        subject: `${effect.name} ${effect.version}`,
        note: effect.how,
      };
    case 'certificate':
      return { verb: t('plan.certificate'), subject: effect.subject, note: effect.names.join(', ') };
    case 'touches':
      return { verb: t('plan.touches'), subject: effect.who, note: say(effect.note) };
  }
}

/** One effect of the plan; a diff or text folds out below it. What cannot be undone is marked at its line. */
export function EffectLine({ planned }: { planned: PlannedEffect }): ReactNode {
  const t = useT();
  const say = useMessage();
  const line = describe(planned.effect, t, say);
  const words = (
    <span className="bc-effect">
      <span className="bc-effect-verb">{line.verb}</span>
      <code>{line.subject}</code>
      {line.note === undefined ? null : <span className="bc-muted">{line.note}</span>}
      {planned.undoable ? null : (
        <Tooltip label={t('plan.finalWhy')}>
          <span className="bc-final">
            <IconArrowBackUpDouble size={13} aria-hidden /> {t('plan.final')}
          </span>
        </Tooltip>
      )}
    </span>
  );
  if (line.body === undefined || line.body === '') return <div className="bc-effect-plain">{words}</div>;
  return (
    <Disclosure label={words}>
      <DiffView text={line.body} label={line.subject} />
    </Disclosure>
  );
}
