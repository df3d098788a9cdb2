import { Button, Group, Stack } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconTransferOut } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ServerPlace, Versions } from '../../../shared/contract/upgrade.ts';
import { useT } from '../../app/i18n.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { usePlanner } from '../operations/planner.tsx';

const places: readonly ServerPlace[] = ['processes', 'systemd', 'compose'];

/** What runs the servers, and the way to something else, with the same CA, secrets and certificates. */
export function PlaceSection({
  place,
  moved,
}: {
  readonly place: ServerPlace;
  readonly moved: Versions['movedFrom'];
}): ReactNode {
  const t = useT();
  const plan = usePlanner();
  return (
    <Section title={t('versions.place')}>
      <p className="bc-lead">{t(`versions.place_${place}`)}</p>
      {moved === undefined ? (
        <Group gap="xs">
          {places
            .filter((each) => each !== place)
            .map((to) => (
              <Button
                key={to}
                variant="default"
                leftSection={<IconTransferOut size={15} aria-hidden />}
                onClick={() => plan({ kind: 'infra.move', input: { to } })}
              >
                {t(`versions.move_${to}`)}
              </Button>
            ))}
        </Group>
      ) : (
        <Stack gap="xs">
          <p>
            {t('versions.moved', { from: t(`versions.short_${moved.from}`) })} <RelativeTime at={moved.at} />
          </p>
          <Group gap="xs">
            <Button
              leftSection={<IconCheck size={15} aria-hidden />}
              onClick={() => plan({ kind: 'infra.move-confirm', input: {} })}
            >
              {t('moving.confirm.verb')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconArrowBackUp size={15} aria-hidden />}
              onClick={() => plan({ kind: 'infra.move-back', input: {} })}
            >
              {t('moving.back.verb')}
            </Button>
          </Group>
        </Stack>
      )}
    </Section>
  );
}
