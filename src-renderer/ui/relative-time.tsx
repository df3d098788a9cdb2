import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useNow } from '../app/now.ts';
import { useWords } from '../format/words.ts';

/** A time from now in words; the absolute time on hover, ISO 8601 on copy. */
export function RelativeTime({ at }: { at: number }): ReactNode {
  const words = useWords();
  const now = useNow();
  return (
    <Tooltip label={words.absolute(at)}>
      <time
        className="bc-number"
        dateTime={new Date(at).toISOString()}
        onCopy={(event) => {
          event.clipboardData.setData('text/plain', new Date(at).toISOString());
          event.preventDefault();
        }}
      >
        {words.relative(at, now)}
      </time>
    </Tooltip>
  );
}
