import type { ReactNode } from 'react';
import type { OperationLog } from '../../../shared/contract/operations.ts';
import { useMessage } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';

/** Log lines with their time of day. The last few hundred are drawn. */
export function LogLines({ lines }: { lines: readonly OperationLog[] }): ReactNode {
  const say = useMessage();
  const words = useWords();
  return (
    <ul className="bc-log">
      {lines.slice(-300).map((line, index) => (
        <li key={index} data-level={line.level}>
          <time className="bc-number" dateTime={new Date(line.at).toISOString()}>
            {words.clock(line.at)}
          </time>
          <span>{say(line.message)}</span>
        </li>
      ))}
    </ul>
  );
}
