import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { FieldProblem } from '../../../shared/contract/setup.ts';
import { message } from '../../../shared/message.ts';
import { useT } from '../../app/i18n.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Fields } from '../../ui/fields.tsx';
import { Why } from '../../ui/why.tsx';
import { CustodianFields } from './custodian-fields.tsx';
import { instanceFits, runnerOf, type SetupInput } from './local-draft.ts';
import { localFields } from './local-fields.ts';

interface LocalSettingsStepProps {
  readonly input: SetupInput;
  readonly problems: readonly FieldProblem[];
  readonly onChange: (input: SetupInput) => void;
}

/** The defaults as a summary; whoever wants to change more unfolds it. A problem unfolds its group by itself. */
export function LocalSettingsStep({ input, problems, onChange }: LocalSettingsStepProps): ReactNode {
  const t = useT();
  const fields = localFields(t);
  const form = { input, problems, onChange };
  const instanceProblems: readonly FieldProblem[] = instanceFits(input)
    ? []
    : [{ field: 'instance', level: 'error', message: message('setup.instanceWrong') }];
  const advanced = ['unseal', 'ports', 'ca'] as const;
  return (
    <>
      <Fields {...form} fields={fields.main} />
      {runnerOf(input) === 'compose' ? (
        <Fields {...form} problems={instanceProblems} fields={fields.compose} />
      ) : null}
      {input.kind === 'production' ? (
        <CustodianFields
          names={input.custodians}
          onChange={(custodians) => onChange({ ...input, custodians })}
        />
      ) : null}
      <div className="bc-section">
        <Title order={3} mb="xs">
          {t('setup.willRun')}
        </Title>
        <Facts
          facts={[
            { label: 'OpenBao', value: `127.0.0.1:${input.openbao.port}` },
            { label: 'PostgreSQL', value: `127.0.0.1:${input.postgres.port}` },
            { label: 'step-ca', value: `127.0.0.1:${input.stepca.port}` },
            { label: t('setup.responder'), value: `127.0.0.1:${input.responder.adminPort}` },
            {
              label: t('setup.caSummary'),
              value: `${input.ca.name} · ${t(`setup.keyTypes.${input.ca.keyType}`)}`,
            },
            { label: t('setup.leafLife'), value: t('setup.hours', { count: input.ca.leafHours }) },
            {
              label: t('setup.unseal'),
              value: t('setup.unsealSummary', {
                threshold: input.openbao.threshold,
                shares: input.openbao.shares,
              }),
            },
          ]}
        />
      </div>
      <div>
        {advanced.map((group) => {
          const concerned = problems.filter(({ field }) => fields[group].some(({ path }) => path === field));
          return (
            <Disclosure
              key={group}
              open={concerned.length > 0}
              label={<strong>{t(`setup.group.${group}`)}</strong>}
            >
              <Fields {...form} fields={fields[group]} />
            </Disclosure>
          );
        })}
        <Disclosure label={t('setup.eabQuestion')}>
          <p className="bc-why">{t('setup.eabWhy')}</p>
        </Disclosure>
        <Why>{t('setup.settingsWhy')}</Why>
      </div>
    </>
  );
}
