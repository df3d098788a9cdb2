import { useEffect, useLayoutEffect, useRef } from 'react';
import { isCovered, isTyping } from './keyboard.ts';

interface ListKeys {
  readonly next: () => void;
  readonly previous: () => void;
  readonly open: () => void;
  readonly select: () => void;
  readonly actions: () => void;
}

function useKeys(handle: (event: KeyboardEvent) => void): void {
  const latest = useRef(handle);
  // Before the next key can come, however busy the machine is.
  useLayoutEffect(() => {
    latest.current = handle;
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || isCovered()) return;
      latest.current(event);
    };
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);
}

/** `j k x . enter` for the one list of a page. Enter on a link or button stays its own. */
export function useListKeys(keys: ListKeys): void {
  useKeys((event) => {
    if (event.key === 'j') keys.next();
    else if (event.key === 'k') keys.previous();
    else if (event.key === 'x') keys.select();
    else if (event.key === '.') keys.actions();
    else if (event.key === 'Enter') {
      if (event.target instanceof HTMLElement && event.target.closest('a, button') !== null) return;
      keys.open();
    }
  });
}

/** `/` for the search of a page. */
export function useSearchKey(focus: () => void): void {
  useKeys((event) => {
    if (event.key !== '/') return;
    event.preventDefault();
    focus();
  });
}
