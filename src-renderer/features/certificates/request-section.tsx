import type { ReactNode } from 'react';
import type { RequestView } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { groupHex } from '../../format/text.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { Asn1Section } from './asn1-section.tsx';
import { NameList } from './name-list.tsx';
import { ProblemList } from './problem-list.tsx';
import { UsageFacts } from './usage-facts.tsx';

/** A certificate signing request. */
export function RequestSection({ request }: { request: RequestView }): ReactNode {
  const t = useT();
  return (
    <Section
      title={t('certificate.request', { title: request.title })}
      actions={
        <StatusBadge
          status={request.signatureValid ? 'proved' : 'failed'}
          label={t(request.signatureValid ? 'certificate.requestSigned' : 'certificate.requestUnsigned')}
        />
      }
    >
      <div className="bc-stack">
        <ProblemList problems={request.problems} />
        <NameList names={request.names} more={0} />
        <UsageFacts certificate={request} />
        <Facts
          facts={[
            {
              label: t('certificate.subject'),
              value: <Mono value={request.subject === '' ? '—' : request.subject} />,
            },
            { label: t('certificate.signature'), value: request.signatureAlgorithm },
            {
              label: t('certificate.spki'),
              value: <Mono value={request.spkiSha256} shown={groupHex(request.spkiSha256)} length={30} />,
            },
            {
              label: t('certificate.matches'),
              value: t('certificate.matchCount', { count: request.matches.length }),
            },
          ]}
        />
        <Disclosure label={t('certificate.asn1')}>
          <Asn1Section item={request.item} />
        </Disclosure>
      </div>
    </Section>
  );
}
