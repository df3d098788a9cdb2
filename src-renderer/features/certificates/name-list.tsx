import type { ReactNode } from 'react';
import type { CertificateName } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { Mono } from '../../ui/mono.tsx';

export function NameList({ names, more }: { names: readonly CertificateName[]; more: number }): ReactNode {
  const t = useT();
  return (
    <div className="bc-target" data-field="names">
      {names.length === 0 ? <p className="bc-muted">{t('certificate.noNames')}</p> : null}
      <ul className="bc-lines">
        {names.slice(0, 100).map((name, index) => (
          <li key={index}>
            <Mono value={name.value} />
            <span className="bc-muted">{t(`certificate.nameKind.${name.kind}`)}</span>
          </li>
        ))}
      </ul>
      {more + Math.max(names.length - 100, 0) > 0 ? (
        <p className="bc-muted">
          {t('certificate.moreNames', { count: more + Math.max(names.length - 100, 0) })}
        </p>
      ) : null}
    </div>
  );
}
