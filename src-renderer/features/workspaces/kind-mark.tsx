import type { ReactNode } from 'react';
import type { WorkspaceSummary } from '../../../shared/contract/workspace.ts';
import { useT } from '../../app/i18n.tsx';

/** LAB or PRODUCTION: stands on every page. */
export function KindMark({ kind }: { kind: WorkspaceSummary['kind'] }): ReactNode {
  const t = useT();
  return (
    <span className="bc-kind" data-kind={kind}>
      {t(`kind.${kind}`)}
    </span>
  );
}
