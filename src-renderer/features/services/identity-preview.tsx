import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';

/** The one name that will stand in the certificate, as it is being typed. */
export function IdentityPreview({ identity }: { identity: string }): ReactNode {
  const t = useT();
  return (
    <div className="bc-identity" aria-live="polite">
      <span className="bc-muted">{t('services.add.identity')}</span>
      <code>{identity === '' ? '…' : identity}</code>
    </div>
  );
}
