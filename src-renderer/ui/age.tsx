import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { useNow } from '../app/now.ts';
import { useWords } from '../format/words.ts';

/** For how long something has been going on, ticking. */
export function Age({ since }: { since: number }): ReactNode {
  const words = useWords();
  const t = useT();
  const now = useNow();
  return <span className="bc-number">{t('ui.loadingFor', { duration: words.duration(now - since) })}</span>;
}
