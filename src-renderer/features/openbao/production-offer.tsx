import { Button, Text } from '@mantine/core';
import { IconBuildingBank } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useSession } from '../../app/session.tsx';
import { Section } from '../../ui/section.tsx';

/** Offers a lab of this computer the move to production; stands nowhere else. */
export function ProductionOffer({ sharesOnDisk }: { sharesOnDisk: boolean }): ReactNode {
  const t = useT();
  const { workspace } = useSession();
  if (workspace?.kind !== 'lab' || !sharesOnDisk) return null;
  return (
    <Section title={t('production.title')}>
      <Text mb="sm">{t('production.offer')}</Text>
      <Button
        component={Link}
        to="/openbao/production"
        variant="default"
        leftSection={<IconBuildingBank size={15} />}
      >
        {t('production.title')}
      </Button>
    </Section>
  );
}
