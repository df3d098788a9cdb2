import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { isCovered, isTyping, pages } from './keyboard.ts';

/** Milliseconds in which the letter after `g` counts. */
const chord = 1_500;

/** `g` and a letter go to a page, `?` shows all keys. */
export function usePageKeys(showKeys: () => void): void {
  const navigate = useNavigate();
  const leader = useRef(0);
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isCovered()) return;
      if (event.key === '?') return showKeys();
      const page = pages.find(({ letter }) => letter === event.key);
      if (page !== undefined && event.timeStamp - leader.current < chord) {
        leader.current = 0;
        event.preventDefault();
        void navigate({ to: page.to });
        return;
      }
      leader.current = event.key === 'g' ? event.timeStamp : 0;
    };
    document.addEventListener('keydown', listener, true);
    return () => document.removeEventListener('keydown', listener, true);
  }, [navigate, showKeys]);
}
