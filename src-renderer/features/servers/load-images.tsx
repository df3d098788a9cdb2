import { Button, Popover, TextInput } from '@mantine/core';
import { IconPackageImport } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { usePlanner } from '../operations/planner.tsx';

/** Images from a file of this host, where no registry answers. */
export function LoadImages(): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const [opened, setOpened] = useState(false);
  const [file, setFile] = useState('');
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" withinPortal trapFocus width={420}>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconPackageImport size={15} />}
          onClick={() => setOpened(!opened)}
        >
          {t('containers.load')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className="bc-stack"
          onSubmit={(event) => {
            event.preventDefault();
            setOpened(false);
            plan({ kind: 'containers.load-images', input: { file: file.trim() } });
          }}
        >
          <TextInput
            label={t('containers.loadFile')}
            placeholder="/srv/images.tar"
            spellCheck={false}
            value={file}
            onChange={(event) => setFile(event.currentTarget.value)}
          />
          <div>
            <Button type="submit" disabled={!file.trim().startsWith('/')}>
              {t('containers.plan')}
            </Button>
          </div>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
