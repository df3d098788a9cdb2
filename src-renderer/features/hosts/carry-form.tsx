import { Button, Checkbox, Group, TextInput } from '@mantine/core';
import { IconTerminal2 } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { carrySchema } from '../../../shared/contract/hosts.ts';
import type { HostDetail } from '../../../shared/contract/hosts.ts';
import { useT } from '../../app/i18n.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { usePlanner } from '../operations/planner.tsx';

/** The hand-over by the ssh of the console's host: where to, and whether the command is run there too. Root needs no sudo. */
export function CarryForm({ host }: { host: Pick<HostDetail, 'id' | 'host'> }): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const [to, setTo] = useState(host.host);
  const [bootstrap, setBootstrap] = useState(true);
  const input = { id: host.id, to: to.trim(), sudo: !to.trim().startsWith('root@'), bootstrap };
  const valid = carrySchema.safeParse(input).success;
  return (
    <Disclosure label={t('hosts.carry')}>
      <p className="bc-muted">{t('hosts.carry.lead')}</p>
      <Group align="flex-end" gap="sm" wrap="wrap">
        <TextInput
          label={t('hosts.carry.to')}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          placeholder="operator@edge-node-01"
          spellCheck={false}
          error={valid ? undefined : t('hosts.carry.toProblem')}
          miw={260}
        />
        <Button
          variant="default"
          disabled={!valid}
          leftSection={<IconTerminal2 size={15} />}
          onClick={() => plan({ kind: 'host.carry', input })}
        >
          {t('ui.seePlan')}
        </Button>
      </Group>
      <Checkbox
        mt="xs"
        label={t('hosts.carry.run')}
        checked={bootstrap}
        onChange={(event) => setBootstrap(event.currentTarget.checked)}
      />
    </Disclosure>
  );
}
