import { Menu } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCopy, IconExternalLink, IconFingerprint, IconStack2 } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { CertificateListItem } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';

interface CertificateActionsProps {
  readonly row: CertificateListItem;
}

/** What can be done with one certificate of the list: the menu that `.` opens too. */
export function CertificateActions({ row }: CertificateActionsProps): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const clipboard = useClipboard();
  const { path, service } = row;
  return (
    <RowMenu name={row.title}>
      <Menu.Item
        leftSection={<IconExternalLink size={15} />}
        onClick={() => void navigate({ to: '/certificates/$id', params: { id: path } })}
      >
        {t('services.openCertificate')}
      </Menu.Item>
      {service === undefined ? null : (
        <Menu.Item
          leftSection={<IconStack2 size={15} />}
          onClick={() => void navigate({ to: '/services/$id', params: { id: service.id } })}
        >
          {t('services.add.toService')}
        </Menu.Item>
      )}
      <Menu.Divider />
      <Menu.Item leftSection={<IconFingerprint size={15} />} onClick={() => clipboard.copy(row.sha256)}>
        {t('certificate.copyFingerprints')}
      </Menu.Item>
      <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => clipboard.copy(path)}>
        {t('certificate.copyFile')}
      </Menu.Item>
    </RowMenu>
  );
}
