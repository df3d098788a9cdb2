import { Kbd, Modal, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from './i18n.tsx';
import { keys, pages } from './keyboard.ts';

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);
const names: Record<string, string> = { mod: isApple ? '⌘' : 'Ctrl', enter: 'Enter', esc: 'Esc' };

interface KeysOverlayProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** All keys, from the same table that acts on them. */
export function KeysOverlay({ opened, onClose }: KeysOverlayProps): ReactNode {
  const t = useT();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('keys.title')}
      size={640}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <div className="bc-keys">
        <div>
          <Title order={3}>{t('keys.everywhere')}</Title>
          <dl>
            {keys.map((entry) => (
              <div key={entry.does}>
                <dt>
                  {entry.keys.map((key) => (
                    <Kbd key={key}>{names[key] ?? key}</Kbd>
                  ))}
                </dt>
                <dd>{t(entry.does)}</dd>
              </div>
            ))}
          </dl>
        </div>
        <div>
          <Title order={3}>{t('keys.pages')}</Title>
          <dl>
            {pages.map(({ id, letter }) => (
              <div key={id}>
                <dt>
                  <Kbd>g</Kbd>
                  <Kbd>{letter}</Kbd>
                </dt>
                <dd>{t(`nav.${id}`)}</dd>
              </div>
            ))}
          </dl>
        </div>
      </div>
    </Modal>
  );
}
