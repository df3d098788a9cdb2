import type { ReactNode } from 'react';
import type { Message } from '../../shared/message.ts';
import { useMessage } from '../app/i18n.tsx';

/** A sentence of the core in the operator's language. */
export function MessageText({ message }: { message: Message }): ReactNode {
  return useMessage()(message);
}
