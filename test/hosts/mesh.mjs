// A service of a test host: serves mutual TLS with the host's own files and calls its peers, and writes down each handshake.
// It reads certificate and key again on SIGHUP, as its agent's hook asks, and the bundle whenever that file changes.
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setInterval } from 'node:timers';
import tls from 'node:tls';

const { name, cert, key, bundle, port, log, peers, everyMs } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
);

const read = () => ({ cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(bundle) });
let files = read();
let seen = statSync(bundle).mtimeMs;

const server = tls.createServer({
  ...files,
  requestCert: true,
  rejectUnauthorized: true,
  minVersion: 'TLSv1.2',
});
server.on('secureConnection', (socket) => {
  socket.on('error', () => undefined);
  socket.end(name);
});
server.on('tlsClientError', () => undefined);
server.listen(port, '0.0.0.0');

/** A pair that does not match is refused, and what was in force goes on. */
function take(next) {
  server.setSecureContext(next);
  files = next;
}
process.on('SIGHUP', () => take(read()));

function freshBundle() {
  const { mtimeMs } = statSync(bundle);
  if (mtimeMs === seen) return;
  take({ ...files, ca: readFileSync(bundle) });
  seen = mtimeMs;
}

const note = (entry) => appendFileSync(log, `${JSON.stringify({ from: name, ...entry })}\n`);

/** One full handshake, never a resumed one; slow on a busy machine is not failed. The peer's answer proves that it took this side's certificate too. */
function call(peer) {
  const started = performance.timeOrigin + performance.now();
  const socket = tls.connect({
    host: peer.host,
    port: peer.port,
    servername: peer.identity,
    ...files,
    timeout: 60_000,
  });
  let said = '';
  let served;
  let over = false;
  const end = (error) => {
    if (over) return;
    over = true;
    socket.destroy();
    note({
      at: started,
      to: peer.name,
      ok: error === undefined,
      ...(error === undefined ? {} : { error }),
      ...served,
    });
  };
  socket.on('secureConnect', () => {
    const leaf = socket.getPeerX509Certificate();
    served = { serial: leaf.serialNumber, until: Date.parse(leaf.validTo) };
  });
  socket.on('data', (chunk) => (said += chunk));
  socket.on('end', () => end(said === peer.name ? undefined : 'no answer'));
  socket.on('timeout', () => end('timeout'));
  socket.on('error', (error) => end(error.code ?? error.message));
}

setInterval(() => {
  freshBundle();
  for (const peer of peers) call(peer);
}, everyMs);
