import { connect } from 'node:net';

/** What a PostgreSQL says to a first message, without a login and without a line in its log. */
export type PostgresAnswer = 'ready' | 'starting' | 'refusing' | 'foreign' | 'none';

/** SQLSTATE 57P03: it starts, stops or recovers. */
const notYet = '57P03';

function startupMessage(user: string): Buffer {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0postgres\0\0`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

function judge(answer: Buffer): PostgresAnswer {
  const kind = String.fromCharCode(answer[0] ?? 0);
  // An authentication request: it takes logins. As pg_isready, the probe leaves at this point.
  if (kind === 'R') return 'ready';
  if (kind !== 'E') return 'foreign';
  return answer.includes(`C${notYet}`) ? 'starting' : 'refusing';
}

/**
 * Asks as pg_isready does (protocol 3.0, StartupMessage).
 * @param timeoutMs for the whole, milliseconds
 */
export async function askPostgres(
  host: string,
  port: number,
  user: string,
  timeoutMs = 3_000,
): Promise<PostgresAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: PostgresAnswer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end('none'), timeoutMs);
    socket.once('error', () => end('none'));
    socket.once('close', () => end('none'));
    socket.once('connect', () => socket.write(startupMessage(user)));
    socket.once('data', (data) => end(judge(data)));
  });
}
