import { IconServer2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Section } from '../../ui/section.tsx';
import { ProgramRow } from './program-row.tsx';

/** OpenBao, PostgreSQL and step-ca as this machine has them; what is missing can be got from here, never silently. */
export function ProgramSection(): ReactNode {
  const t = useT();
  const programs = useProcedure('servers.list', {});
  const { refetch } = programs;
  return (
    <Section title={t('servers.programs')}>
      <p className="bc-lead">{t('servers.programsLead')}</p>
      <FiveFaces
        count={programs.data?.length}
        error={programs.error}
        at={programs.dataUpdatedAt}
        rows={3}
        onRetry={() => void programs.refetch()}
        empty={<EmptyState icon={IconServer2} text={t('home.noServers')} />}
      >
        <ul className="bc-proofs">
          {programs.data?.map((program) => (
            <ProgramRow key={program.name} program={program} onInstalled={refetch} />
          ))}
        </ul>
      </FiveFaces>
    </Section>
  );
}
