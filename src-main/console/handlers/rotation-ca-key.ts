import { boardOf } from '../../rotation/ca-key/board.ts';
import { LocalRows } from '../../rotation/ca-key/local-rows.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

/** A page asks every few seconds: one look begins no more handshakes than a busy host has for it. */
const handshakes = 12;

export function caKeyPart(console: BootrootConsole): HandlersOf<'rotationCaKey'> {
  const looks = new WeakMap<object, LocalRows>();
  return {
    async 'rotationCaKey.board'() {
      const { services } = console.required();
      const rows = looks.get(services) ?? new LocalRows();
      looks.set(services, rows);
      return boardOf({ services }, { rows, handshakes });
    },
  };
}
