import { Button, Group, Input, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { environments, type Environment, type WorkspaceSummary } from '../../../shared/contract/workspace.ts';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { installationColours } from '../../app/theme.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { EnvironmentMark } from '../workspaces/environment-mark.tsx';
import { ColourPicker } from './colour-picker.tsx';

/** Name and colour by which this installation is told from others. */
export function InstallationSection({ workspace }: { workspace: WorkspaceSummary }): ReactNode {
  const t = useT();
  const queries = useQueryClient();
  const [name, setName] = useState(workspace.name);
  const describe = useMutationProcedure('workspaces.describe', ['workspaces.list']);
  const colour = installationColours.find((each) => each === workspace.colour) ?? 'slate';
  const save = (next: { name: string; colour: string; environment?: Environment }): void =>
    describe.mutate(
      { id: workspace.id, ...next },
      { onSuccess: () => void queries.invalidateQueries({ queryKey: ['session.show'] }) },
    );
  return (
    <Section
      title={t('settings.installation')}
      actions={<EnvironmentMark environment={workspace.environment} />}
    >
      <div className="bc-stack">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== '') save({ name: name.trim(), colour: workspace.colour });
          }}
        >
          <Group align="flex-end" gap="xs">
            <TextInput
              w={320}
              label={t('setup.name')}
              maxLength={60}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button
              type="submit"
              size="sm"
              variant="default"
              loading={describe.isPending}
              disabled={name.trim() === '' || name.trim() === workspace.name}
            >
              {t('ui.save')}
            </Button>
          </Group>
        </form>
        <ColourPicker value={colour} onChange={(next) => save({ name: workspace.name, colour: next })} />
        <Input.Wrapper label={t('settings.environment')} description={t('settings.environmentHint')}>
          <div>
            <Segmented
              label={t('settings.environment')}
              value={workspace.environment}
              options={environments.map((value) => ({
                value,
                label: t(`settings.environments.${value}`),
              }))}
              onChange={(environment) =>
                save({ name: workspace.name, colour: workspace.colour, environment })
              }
            />
          </div>
        </Input.Wrapper>
        {describe.error === null ? null : <ErrorPanel error={describe.error.data} />}
        <Facts
          facts={[
            { label: t('setup.path'), value: <Mono value={workspace.path} /> },
            { label: t('settings.topology'), value: t(`settings.topologies.${workspace.topology}`) },
          ]}
        />
      </div>
    </Section>
  );
}
