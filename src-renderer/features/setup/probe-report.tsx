import { Button, Text, Textarea } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { Input } from '../../../shared/contract/index.ts';
import type { SetupExternal } from '../../../shared/contract/setup.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { groupHex } from '../../format/text.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

interface ProbeReportProps {
  readonly input: SetupExternal;
  readonly onChange: (input: SetupExternal) => void;
}

/** Asks the addresses what answers there; a root that step-ca shows is trusted only after its fingerprint was compared. */
export function ProbeReport({ input, onChange }: ProbeReportProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const [asked, setAsked] = useState<Input<'setup.probe'>>();
  const probe = useProcedure('setup.probe', asked ?? { openbaoUrl: '', stepcaUrl: '', caPem: '' }, {
    enabled: asked !== undefined,
    staleTime: 0,
  });
  const { rootFingerprint, rootPem } = probe.data?.stepca ?? {};
  const rows =
    probe.data === undefined
      ? []
      : [
          { name: 'OpenBao', ...probe.data.openbao },
          { name: 'step-ca', ...probe.data.stepca },
        ];
  return (
    <>
      <Textarea
        label={t('setup.external.ca')}
        description={t('setup.external.caHint')}
        size="sm"
        autosize
        minRows={3}
        maxRows={8}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        value={input.caPem}
        onChange={(event) => onChange({ ...input, caPem: event.currentTarget.value })}
      />
      <div>
        <Button
          variant="default"
          size="sm"
          leftSection={<IconPlugConnected size={16} />}
          loading={probe.isFetching}
          onClick={() => {
            const { openbaoUrl, stepcaUrl, caPem } = input;
            setAsked({ openbaoUrl, stepcaUrl, caPem });
            if (asked?.openbaoUrl === openbaoUrl && asked.stepcaUrl === stepcaUrl && asked.caPem === caPem) {
              void probe.refetch();
            }
          }}
        >
          {t('setup.external.probe')}
        </Button>
      </div>
      {probe.error === null ? null : (
        <ErrorPanel error={probe.error.data} onRetry={() => void probe.refetch()} />
      )}
      {rows.length === 0 ? null : (
        <Section title={t('setup.external.answers')}>
          <ul className="bc-lines">
            {rows.map(({ name, ok, detail }) => (
              <li key={name}>
                <span>
                  <strong>{name}</strong> <span className="bc-muted">{say(detail)}</span>
                </span>
                <StatusBadge
                  status={ok ? 'proved' : 'unreachable'}
                  label={ok ? t('setup.external.answered') : undefined}
                />
              </li>
            ))}
          </ul>
          {rootFingerprint === undefined ? null : (
            <div className="bc-identity">
              <Text size="sm">{t('setup.external.compare')}</Text>
              <Mono value={rootFingerprint} shown={groupHex(rootFingerprint)} />
              {rootPem === undefined ? null : input.rootFingerprint === rootFingerprint ? (
                <StatusBadge status="proved" label={t('setup.external.pinned')} />
              ) : (
                <div>
                  <Button mt="xs" onClick={() => onChange({ ...input, caPem: rootPem, rootFingerprint })}>
                    {t('setup.external.pin')}
                  </Button>
                </div>
              )}
            </div>
          )}
        </Section>
      )}
    </>
  );
}
