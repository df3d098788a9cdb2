import { useState, type ReactNode } from 'react';
import type { HostDetail } from '../../../shared/contract/hosts.ts';
import { useT } from '../../app/i18n.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Section } from '../../ui/section.tsx';
import { Segmented } from '../../ui/segmented.tsx';

const kinds = ['service', 'timer', 'cron'] as const;

/** Templates for repeating `remote sync` on the host. */
export function JobsSection({ host }: { host: HostDetail }): ReactNode {
  const t = useT();
  const [kind, setKind] = useState<(typeof kinds)[number]>('service');
  const template = host.templates.find(({ name }) => name === kind);
  return (
    <Section
      title={t('hosts.jobs')}
      actions={
        <Segmented
          label={t('hosts.jobs')}
          value={kind}
          options={kinds.map((value) => ({ value, label: t(`hosts.jobs.${value}`) }))}
          onChange={setKind}
        />
      }
    >
      <p className="bc-muted">{t('hosts.jobs.lead')}</p>
      {template === undefined ? null : (
        <>
          <div className="bc-copy-line">
            <code>{template.path}</code>
            <CopyButton value={template.text} label={t('ui.copy')} />
          </div>
          <pre className="bc-template" tabIndex={0} aria-label={template.path}>
            {template.text}
          </pre>
        </>
      )}
    </Section>
  );
}
