import { Button, Group, Select } from '@mantine/core';
import { IconArrowBackUp, IconArrowUp, IconCheck } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { ServerVersion } from '../../../shared/contract/upgrade.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import type { Status } from '../../ui/status.ts';
import { usePlanner } from '../operations/planner.tsx';

/** The worst of what is known decides. */
function statusOf({ version, remarks }: ServerVersion): Status {
  if (version === undefined) return 'unknown';
  if (remarks.some(({ severity }) => severity === 'critical')) return 'failed';
  return remarks.some(({ severity }) => severity === 'warning') ? 'due' : 'proved';
}

/** One server: its version, remarks, and what can be done about it. */
export function VersionRow({
  row,
  managed,
}: {
  readonly row: ServerVersion;
  readonly managed: boolean;
}): ReactNode {
  const t = useT();
  const say = useMessage();
  const { server, title, version, remarks, former } = row;
  return (
    <li>
      <StatusBadge status={statusOf(row)} label={version ?? t('status.unknown')} />
      <div>
        <strong>{title}</strong>
        {remarks.map(({ severity, text }) => (
          <div key={text.key} className={severity === 'notice' ? 'bc-muted' : undefined}>
            {say(text)}
          </div>
        ))}
        {remarks.length === 0 && version !== undefined ? (
          <div className="bc-muted">{t('drift.nothingKnown')}</div>
        ) : null}
        {former === undefined ? null : (
          <div>
            {t('versions.unconfirmed', { from: former.from, to: former.to })} <RelativeTime at={former.at} />
          </div>
        )}
      </div>
      {managed ? (
        former === undefined ? (
          <Upgrade row={row} />
        ) : (
          <Decide server={server} from={former.from} />
        )
      ) : null}
    </li>
  );
}

/** To the version that is chosen, by its plan. */
function Upgrade({ row }: { readonly row: ServerVersion }): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const { server, title, choices, recommended } = row;
  const [to, setTo] = useState(choices.includes(recommended) ? recommended : choices[0]);
  if (to === undefined) return <span className="bc-muted">{t('versions.newest')}</span>;
  return (
    <Group gap="xs" wrap="nowrap">
      {choices.length < 2 ? null : (
        <Select
          w={110}
          size="sm"
          aria-label={t('versions.to', { server: title })}
          data={choices}
          value={to}
          allowDeselect={false}
          onChange={(next) => setTo(next ?? to)}
        />
      )}
      <Button
        variant="default"
        leftSection={<IconArrowUp size={15} aria-hidden />}
        onClick={() => plan({ kind: 'infra.upgrade', input: { server, to } })}
      >
        {t('upgrade.verb', { to })}
      </Button>
    </Group>
  );
}

/** The new version is good, or the old one comes back. */
function Decide({
  server,
  from,
}: {
  readonly server: ServerVersion['server'];
  readonly from: string;
}): ReactNode {
  const t = useT();
  const plan = usePlanner();
  return (
    <Group gap="xs" wrap="nowrap">
      <Button
        leftSection={<IconCheck size={15} aria-hidden />}
        onClick={() => plan({ kind: 'infra.confirm', input: { server } })}
      >
        {t('upgrade.confirm.verb')}
      </Button>
      <Button
        variant="default"
        leftSection={<IconArrowBackUp size={15} aria-hidden />}
        onClick={() => plan({ kind: 'infra.go-back', input: { server } })}
      >
        {t('upgrade.back.verb', { from })}
      </Button>
    </Group>
  );
}
