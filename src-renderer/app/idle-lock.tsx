import { useEffect, type ReactNode } from 'react';
import { useMutationProcedure } from './procedures.ts';
import { useSession } from './session.tsx';

const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;
const minute = 60_000;

/** Ends the session when nobody has touched the page for as long as the host says: questions the page asks by itself do not count. */
export function IdleLock(): ReactNode {
  const { idleLockMinutes } = useSession();
  const { mutate } = useMutationProcedure('session.lock');
  useEffect(() => {
    if (idleLockMinutes <= 0) return;
    let last = Date.now();
    const touch = (): void => {
      last = Date.now();
    };
    for (const sign of signs) document.addEventListener(sign, touch, { passive: true, capture: true });
    const timer = setInterval(() => {
      if (Date.now() - last > idleLockMinutes * minute) mutate({});
    }, minute / 4);
    return () => {
      clearInterval(timer);
      for (const sign of signs) document.removeEventListener(sign, touch, { capture: true });
    };
  }, [idleLockMinutes, mutate]);
  return null;
}
