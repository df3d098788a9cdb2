import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';

/** Opens the wizard: what fills the lists of an installation that is new. */
export function AddServiceButton(): ReactNode {
  const t = useT();
  return (
    <Button component={Link} to="/services/new" leftSection={<IconPlus size={15} />}>
      {t('palette.addService')}
    </Button>
  );
}
