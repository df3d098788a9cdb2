import type { ReactNode } from 'react';
import type { CrlView } from '../../../shared/contract/certificates.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { groupHex } from '../../format/text.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { Asn1Section } from './asn1-section.tsx';
import { ProblemList } from './problem-list.tsx';

const statusOf: Record<CrlView['signature'], Status> = {
  valid: 'proved',
  invalid: 'failed',
  unknown: 'unknown',
};

/** A list of revoked certificates. */
export function CrlSection({ crl }: { crl: CrlView }): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  return (
    <Section
      title={t('certificate.crl', { issuer: crl.issuer })}
      actions={
        <StatusBadge
          status={statusOf[crl.signature]}
          label={t(`certificate.crlSignature.${crl.signature}`)}
        />
      }
    >
      <div className="bc-stack">
        <ProblemList problems={crl.problems} />
        <Facts
          facts={[
            { label: t('certificate.thisUpdate'), value: <RelativeTime at={crl.thisUpdate} /> },
            crl.nextUpdate === undefined
              ? undefined
              : { label: t('certificate.nextUpdate'), value: <RelativeTime at={crl.nextUpdate} /> },
            { label: t('certificate.revoked'), value: words.number(crl.revoked) },
            { label: t('certificate.signature'), value: crl.signatureAlgorithm },
          ]}
        />
        {crl.entries.length === 0 ? null : (
          <Disclosure label={t('certificate.revokedList')}>
            <ul className="bc-lines">
              {crl.entries.slice(0, 200).map((entry) => (
                <li key={entry.serial}>
                  <Mono value={entry.serial} shown={groupHex(entry.serial)} length={40} />
                  <span className="bc-muted">{entry.reason === undefined ? '' : say(entry.reason)}</span>
                  <RelativeTime at={entry.at} />
                </li>
              ))}
            </ul>
          </Disclosure>
        )}
        <Disclosure label={t('certificate.asn1')}>
          <Asn1Section item={crl.item} />
        </Disclosure>
      </div>
    </Section>
  );
}
