import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { Disclosure } from './disclosure.tsx';

/** The reason behind a question, for whoever asks. */
export function Why({ children }: { children: ReactNode }): ReactNode {
  const t = useT();
  return (
    <Disclosure label={t('ui.why')}>
      <p className="bc-why">{children}</p>
    </Disclosure>
  );
}
