import { Button, Code, Group, Text } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { useNow } from '../app/now.ts';
import { useWords } from '../format/words.ts';

interface SecretTextProps {
  /** Undefined: masked. The owner of the value forgets it when `onHide` is called. */
  readonly value: string | undefined;
  readonly expiresAt: number | undefined;
  readonly onReveal: () => void;
  readonly onHide: () => void;
  readonly busy?: boolean;
}

/** A secret that stands masked until it is asked for, and hides itself again. */
export function SecretText({ value, expiresAt, onReveal, onHide, busy = false }: SecretTextProps): ReactNode {
  const t = useT();
  const words = useWords();
  const now = useNow();
  const left = (expiresAt ?? 0) - now;
  if (value === undefined) {
    return (
      <Group gap="xs">
        <Code aria-label={t('ui.secretMasked')}>••••••••••••</Code>
        <Button variant="default" leftSection={<IconEye size={14} />} loading={busy} onClick={onReveal}>
          {t('ui.reveal')}
        </Button>
      </Group>
    );
  }
  return (
    <div>
      <Code block className="bc-secret">
        {value}
      </Code>
      <Group gap="xs" mt="xs">
        <Button variant="default" leftSection={<IconEyeOff size={14} />} onClick={onHide}>
          {t('ui.hide')}
        </Button>
        <Text size="xs" c="dimmed">
          {t('ui.hidesIn', { duration: words.duration(Math.max(left, 0)) })}
        </Text>
      </Group>
    </div>
  );
}
