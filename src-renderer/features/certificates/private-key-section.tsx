import type { ReactNode } from 'react';
import type { PrivateKeyView } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { groupHex } from '../../format/text.ts';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';

/** A private key: its type and whose it is, nothing of itself. */
export function PrivateKeySection({ privateKey }: { privateKey: PrivateKeyView }): ReactNode {
  const t = useT();
  return (
    <Section title={t('certificate.privateKey')}>
      <Facts
        facts={[
          { label: t('certificate.key'), value: privateKey.key?.label ?? t('certificate.keyClosed') },
          { label: t('certificate.format'), value: privateKey.format },
          { label: t('certificate.encrypted'), value: t(privateKey.encrypted ? 'ui.yes' : 'ui.no') },
          {
            label: t('certificate.matches'),
            value: t('certificate.matchCount', { count: privateKey.matches.length }),
          },
          privateKey.spkiSha256 === undefined
            ? undefined
            : {
                label: t('certificate.spki'),
                value: (
                  <Mono value={privateKey.spkiSha256} shown={groupHex(privateKey.spkiSha256)} length={30} />
                ),
              },
        ]}
      />
      <p className="bc-muted">{t('certificate.keyNeverShown')}</p>
    </Section>
  );
}
