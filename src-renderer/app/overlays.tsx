import type { ReactNode } from 'react';
import { useT } from './i18n.tsx';

/** Where open menus are drawn: above everything, and in a landmark of their own. */
export function Overlays(): ReactNode {
  const t = useT();
  return <section id="overlays" aria-label={t('ui.overlays')} />;
}
