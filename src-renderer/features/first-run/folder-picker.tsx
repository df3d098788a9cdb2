import { Button, Group, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconArrowUp, IconFolder, IconFolderCheck } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

interface FolderPickerProps {
  /** Where to look; undefined: the home directory. */
  readonly path: string | undefined;
  readonly onChange: (path: string) => void;
}

/** Walks the folders of the machine on which the core runs, which need not be this one. */
export function FolderPicker({ path, onChange }: FolderPickerProps): ReactNode {
  const t = useT();
  const folder = useProcedure('workspaces.browse', path === undefined ? {} : { path }, { keep: true });
  const here = folder.data?.path ?? path ?? '';
  const [typed, setTyped] = useState<string>();
  const go = (to: string): void => {
    setTyped(undefined);
    onChange(to);
  };
  const { parent } = folder.data ?? {};
  return (
    <div className="bc-stack">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go(typed ?? here);
        }}
      >
        <Group align="flex-end" gap="xs">
          <TextInput
            style={{ flex: 1 }}
            label={t('open.folder')}
            spellCheck={false}
            value={typed ?? here}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button variant="default" size="sm" type="submit">
            {t('open.go')}
          </Button>
          <Button
            variant="default"
            size="sm"
            leftSection={<IconArrowUp size={15} />}
            disabled={parent === undefined}
            onClick={() => {
              if (parent !== undefined) go(parent);
            }}
          >
            {t('open.up')}
          </Button>
        </Group>
      </form>
      <FiveFaces
        count={folder.data?.entries.length}
        error={folder.error}
        onRetry={() => void folder.refetch()}
        rows={4}
        empty={<EmptyState icon={IconFolder} text={t('open.noFolders')} />}
      >
        <ul className="bc-folders">
          {folder.data?.entries.map((entry) => (
            <li key={entry.path}>
              <UnstyledButton onClick={() => go(entry.path)}>
                {entry.installation ? (
                  <IconFolderCheck size={18} aria-hidden />
                ) : (
                  <IconFolder size={18} aria-hidden />
                )}
                <span className="bc-ellipsis">{entry.name}</span>
                {entry.installation ? <StatusBadge status="proved" label={t('open.installation')} /> : null}
                {entry.writable ? null : (
                  <Text size="xs" c="dimmed" component="span">
                    {t('open.readOnly')}
                  </Text>
                )}
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </FiveFaces>
    </div>
  );
}
