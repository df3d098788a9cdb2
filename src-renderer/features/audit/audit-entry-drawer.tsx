import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AuditEntry } from '../../../shared/contract/audit.ts';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { groupHex } from '../../format/text.ts';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';

interface AuditEntryDrawerProps {
  readonly entry: AuditEntry | undefined;
  readonly onClose: () => void;
}

/** One entry with its details and hash. */
export function AuditEntryDrawer({ entry, onClose }: AuditEntryDrawerProps): ReactNode {
  const t = useT();
  const words = useWords();
  return (
    <Drawer
      opened={entry !== undefined}
      onClose={onClose}
      position="right"
      size="md"
      title={entry === undefined ? '' : `#${entry.seq} ${entry.action}`}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      {entry === undefined ? null : (
        <Facts
          facts={[
            { label: t('audit.at'), value: words.absolute(entry.at) },
            { label: t('operation.actor'), value: entry.actor },
            { label: t('audit.target'), value: <Mono value={entry.target} /> },
            { label: t('audit.outcome'), value: t(`audit.outcomes.${entry.outcome}`) },
            ...Object.entries(entry.details).map(([label, value]) => ({
              label,
              value: <Mono value={String(value)} />,
            })),
            { label: t('audit.hash'), value: <Mono value={entry.hash} shown={groupHex(entry.hash)} /> },
          ]}
        />
      )}
    </Drawer>
  );
}
