import type { ReactNode } from 'react';
import type { ExtensionView } from '../../../shared/contract/certificates.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { Mono } from '../../ui/mono.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

/** Known extensions in words, unknown ones raw. */
export function ExtensionList({ extensions }: { extensions: readonly ExtensionView[] }): ReactNode {
  const t = useT();
  const say = useMessage();
  if (extensions.length === 0) return <p className="bc-muted">{t('certificate.noExtensions')}</p>;
  return (
    <ul className="bc-proofs">
      {extensions.map((extension) => (
        <li key={extension.oid} className="bc-target" data-field={`extension:${extension.oid}`}>
          <div>
            <strong>
              {extension.name === undefined ? t('certificate.unknownExtension') : say(extension.name)}
            </strong>{' '}
            <Mono value={extension.oid} />
            {extension.lines.map((line, index) => (
              <div key={index}>{typeof line === 'string' ? <code>{line}</code> : say(line)}</div>
            ))}
            {extension.raw === undefined ? null : (
              <div>
                <Mono value={extension.raw} length={80} />
              </div>
            )}
          </div>
          {extension.critical ? <StatusBadge status="due" label={t('certificate.critical')} /> : null}
        </li>
      ))}
    </ul>
  );
}
