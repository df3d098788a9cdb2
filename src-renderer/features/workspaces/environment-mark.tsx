import type { ReactNode } from 'react';
import type { Environment } from '../../../shared/contract/workspace.ts';
import { useT } from '../../app/i18n.tsx';

interface EnvironmentMarkProps {
  readonly environment: Environment;
  /** Where there is hardly room. */
  readonly short?: boolean;
}

/** What the installation is for, LAB to PRODUCTION: stands on every page. */
export function EnvironmentMark({ environment, short = false }: EnvironmentMarkProps): ReactNode {
  const t = useT();
  return (
    <span className="bc-kind" data-kind={environment}>
      {t(`${short ? 'environmentShort' : 'environment'}.${environment}`)}
    </span>
  );
}
