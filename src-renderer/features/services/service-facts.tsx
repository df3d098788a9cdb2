import type { ReactNode } from 'react';
import type { ServiceDetail } from '../../../shared/contract/services.ts';
import { useT } from '../../app/i18n.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';
import { ExpiryCell } from './expiry-cell.tsx';

/** What a service is made of: identity, files, OpenBao. */
export function ServiceFacts({ service }: { service: ServiceDetail }): ReactNode {
  const t = useT();
  return (
    <Section title={t('services.facts')}>
      <Facts
        facts={[
          { label: t('services.identity'), value: <Mono value={service.identity} /> },
          { label: t('services.expires'), value: <ExpiryCell at={service.expiresAt} /> },
          { label: t('services.host'), value: service.hostname },
          { label: t('services.delivery'), value: t(`services.deliveryMode.${service.deliveryMode}`) },
          { label: t('services.deploy'), value: t(`services.deployType.${service.deployType}`) },
          { label: t('services.certPath'), value: <Mono value={service.certPath} /> },
          { label: t('services.keyPath'), value: <Mono value={service.keyPath} /> },
          { label: t('services.bundlePath'), value: <Mono value={service.bundlePath} /> },
          { label: t('services.agentConfigPath'), value: <Mono value={service.agentConfigPath} /> },
          { label: t('services.secretIdPath'), value: <Mono value={service.secretIdPath} /> },
          { label: t('services.role'), value: <Mono value={service.roleName} /> },
          { label: t('services.policy'), value: <Mono value={service.policyName} /> },
          service.notes === undefined ? undefined : { label: t('services.notes'), value: service.notes },
        ]}
      />
    </Section>
  );
}
