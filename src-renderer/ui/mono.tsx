import { Tooltip, UnstyledButton } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { truncateMiddle } from '../format/text.ts';

interface MonoProps {
  readonly value: string;
  /** Characters to show; the whole is copied. Unlimited unless said. */
  readonly length?: number;
  /** What is shown instead of the value, for example grouped; the value is copied. */
  readonly shown?: string;
}

/** An identifier: monospaced, middle-truncated, copied whole by a click. */
export function Mono({ value, length, shown }: MonoProps): ReactNode {
  const t = useT();
  const clipboard = useClipboard({ timeout: 1500 });
  const text = shown ?? value;
  const short = length === undefined ? text : truncateMiddle(text, length);
  return (
    <Tooltip label={clipboard.copied ? t('ui.copied') : short === text ? t('ui.copy') : text}>
      <UnstyledButton
        className="bc-mono"
        aria-label={t('ui.copyValue', { value: text })}
        onClick={(event) => {
          event.stopPropagation();
          clipboard.copy(value);
        }}
      >
        {short}
        {clipboard.copied ? <IconCheck size={12} aria-hidden /> : null}
      </UnstyledButton>
    </Tooltip>
  );
}
