import type { ReactNode } from 'react';
import type { CertificateView as View } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Section } from '../../ui/section.tsx';
import { Asn1Section } from './asn1-section.tsx';
import { CertificateCard } from './certificate-card.tsx';
import { ChainTree } from './chain-tree.tsx';
import { ExtensionList } from './extension-list.tsx';
import { FingerprintList } from './fingerprint-list.tsx';
import { IdentifierFacts } from './identifier-facts.tsx';
import { NameList } from './name-list.tsx';
import { ProblemList } from './problem-list.tsx';
import { UsageFacts } from './usage-facts.tsx';
import { VerdictList } from './verdict-list.tsx';

/** One certificate: the sentence first, every field and the raw bytes after it. */
export function CertificateView({ certificate }: { certificate: View }): ReactNode {
  const t = useT();
  return (
    <div className="bc-stack">
      <CertificateCard certificate={certificate} />
      <ProblemList problems={certificate.problems} />
      <div className="bc-two">
        <Section title={t('certificate.chain')}>
          <ChainTree paths={certificate.paths} />
        </Section>
        <Section title={t('certificate.verdicts')}>
          <VerdictList verdicts={certificate.verdicts} />
        </Section>
      </div>
      <div className="bc-two">
        <Section title={t('certificate.names')}>
          <NameList names={certificate.names} more={certificate.moreNames} />
        </Section>
        <Section title={t('certificate.use')}>
          <UsageFacts certificate={certificate} />
        </Section>
      </div>
      <Section title={t('certificate.identifiers')}>
        <IdentifierFacts identifiers={certificate.identifiers} />
      </Section>
      <Section title={t('certificate.fingerprints')}>
        <FingerprintList fingerprints={certificate.fingerprints} />
      </Section>
      <Section title={t('certificate.extensions')}>
        <ExtensionList extensions={certificate.extensions} />
      </Section>
      <Section
        title={t('certificate.raw')}
        actions={<CopyButton value={certificate.pem} label={t('certificate.copyPem')} />}
      >
        <Disclosure label={t('certificate.asn1')}>
          <Asn1Section item={certificate.item} />
        </Disclosure>
        <Disclosure label="PEM">
          <DiffView text={certificate.pem} label="PEM" />
        </Disclosure>
      </Section>
    </div>
  );
}
