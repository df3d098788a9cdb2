import { escapeIdentifier, escapeLiteral } from 'pg';
import { ConsoleError } from '../../shared/errors.ts';

/**
 * A name in quotes, whatever is in it. PostgreSQL would cut a longer one off in silence, and two would become one.
 * @throws `postgres_name` when it is empty, longer than 63 bytes or holds a control character
 */
export function quotedName(name: string): string {
  if (name === '' || Buffer.byteLength(name) > 63 || /\p{Cc}/u.test(name))
    throw new ConsoleError('postgres_name', { name: name.slice(0, 80) });
  return escapeIdentifier(name);
}

export { escapeLiteral as quotedText };
