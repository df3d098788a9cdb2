import { Button, Group, Menu, Modal, TextInput } from '@mantine/core';
import { IconBookmark, IconDeviceFloppy, IconTrash } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { usePreferences } from '../app/preferences.tsx';
import type { ListState } from './use-list-state.ts';
import { isPlain, sameView, viewsWith, viewsWithout } from './views.ts';

interface SavedViewsProps {
  /** Name of the list under which its views are kept. */
  readonly list: string;
  readonly state: ListState;
}

/** Ways of looking at a list that were given a name; they belong to the person, not to the installation. */
export function SavedViews({ list, state }: SavedViewsProps): ReactNode {
  const t = useT();
  const { preferences, change } = usePreferences();
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const views = preferences.views[list] ?? [];
  const current = views.find((view) => sameView(view, state.view));
  const plain = isPlain(state.view);
  const keep = (next: typeof views): void => change({ views: { ...preferences.views, [list]: next } });
  const close = (): void => {
    setNaming(false);
    setName('');
  };
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button variant="default" leftSection={<IconBookmark size={14} />}>
            {current?.name ?? t('list.views')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.map((view) => (
            <Menu.Item key={view.name} onClick={() => state.look(view)}>
              {view.name}
            </Menu.Item>
          ))}
          {views.length === 0 ? <Menu.Label>{t('list.noViews')}</Menu.Label> : <Menu.Divider />}
          <Menu.Item
            leftSection={<IconDeviceFloppy size={15} />}
            disabled={plain || current !== undefined}
            onClick={() => setNaming(true)}
          >
            {t('list.saveView')}
          </Menu.Item>
          {current === undefined ? null : (
            <Menu.Item
              leftSection={<IconTrash size={15} />}
              onClick={() => keep(viewsWithout(views, current.name))}
            >
              {t('list.forgetView', { name: current.name })}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={naming}
        onClose={close}
        size="sm"
        title={t('list.saveView')}
        closeButtonProps={{ 'aria-label': t('ui.close') }}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() === '') return;
            keep(viewsWith(views, { ...state.view, name: name.trim() }));
            close();
          }}
        >
          <TextInput
            data-autofocus
            label={t('list.viewName')}
            description={t('list.viewHint')}
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs" mt="lg">
            <Button variant="default" size="sm" onClick={close}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" size="sm" disabled={name.trim() === ''}>
              {t('list.save')}
            </Button>
          </Group>
        </form>
      </Modal>
    </>
  );
}
