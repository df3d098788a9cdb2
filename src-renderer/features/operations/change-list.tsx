import { IconArrowRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useT } from '../../app/i18n.tsx';
import { Mono } from '../../ui/mono.tsx';

/** What changed, by fingerprint; never a value. */
export function ChangeList({ changes }: { changes: Operation['changes'] }): ReactNode {
  const t = useT();
  return (
    <ul className="bc-changes">
      {changes.map(({ what, before, after }, index) => (
        <li key={index}>
          <code>{what}</code>
          <span>
            {before === undefined ? (
              <span className="bc-muted">{t('operation.wasNothing')}</span>
            ) : (
              <Mono value={before} length={22} />
            )}
            <IconArrowRight size={13} aria-label={t('operation.became')} />
            {after === undefined ? (
              <span className="bc-muted">{t('operation.isNothing')}</span>
            ) : (
              <Mono value={after} length={22} />
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
