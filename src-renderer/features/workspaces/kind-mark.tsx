import type { ReactNode } from 'react';
import type { WorkspaceSummary } from '../../../shared/contract/workspace.ts';
import { useT } from '../../app/i18n.tsx';

interface KindMarkProps {
  readonly kind: WorkspaceSummary['kind'];
  /** Where there is hardly room. */
  readonly short?: boolean;
}

/** LAB or PRODUCTION: stands on every page. */
export function KindMark({ kind, short = false }: KindMarkProps): ReactNode {
  const t = useT();
  return (
    <span className="bc-kind" data-kind={kind}>
      {t(`${short ? 'kindShort' : 'kind'}.${kind}`)}
    </span>
  );
}
