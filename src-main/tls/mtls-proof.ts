import { randomBytes, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { sha256 } from './certificates.ts';
import { tlsClient } from './client.ts';
import { ConnectionFailure, connectionFailure, refusalAfterHandshake, type FailureKind } from './failure.ts';
import { startMtlsService, type MtlsIdentity } from './mtls-service.ts';
import { makeStranger } from './stranger.ts';

export interface MtlsAttempt {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly timeoutMs?: number;
}

export interface MtlsOutcome {
  readonly accepted: boolean;
  /** Fingerprint of what the service served, and what it said it saw of us. */
  readonly served?: string;
  readonly sawClient?: string;
  readonly protocol?: string;
  readonly cipher?: string;
  readonly refusedReason?: FailureKind;
  readonly detail?: string;
}

/** One conversation with the service: accepted only when our nonce comes back, which with TLS 1.3 is the first proof there is. */
export async function attemptMutualTls(attempt: MtlsAttempt): Promise<MtlsOutcome> {
  const client = tlsClient({ ...attempt, serverName: attempt.servername });
  const nonce = randomBytes(16).toString('hex');
  return new Promise((resolve) => {
    const socket = connect({ ...client.connection, host: attempt.host, port: attempt.port });
    let seen: Omit<MtlsOutcome, 'accepted'> = {};
    let text = '';
    let done = false;
    const finish = (outcome: MtlsOutcome): void => {
      if (done) return;
      done = true;
      clearTimeout(deadline);
      socket.destroy();
      client.close();
      resolve(outcome);
    };
    const refuse = (failure: ConnectionFailure): void =>
      finish({ ...seen, accepted: false, refusedReason: failure.kind, detail: failure.code });
    const deadline = setTimeout(
      () => refuse(new ConnectionFailure('timeout', 'ETIMEDOUT')),
      attempt.timeoutMs ?? 5_000,
    );
    socket.setEncoding('latin1');
    socket.on('secureConnect', () => {
      const served = socket.getPeerX509Certificate();
      seen = {
        ...(served === undefined ? {} : { served: sha256(served) }),
        protocol: socket.getProtocol() ?? '',
        cipher: socket.getCipher().name,
      };
      socket.write(`${nonce}\n`);
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      const [echo, sawClient] = text.trimEnd().split(' ');
      if (text.endsWith('\n') && echo === nonce && sawClient !== undefined) {
        finish({ ...seen, accepted: true, sawClient });
      } else if (text.length > 512) refuse(new ConnectionFailure('other', 'WRONG_ANSWER'));
    });
    socket.on('error', (error) =>
      refuse(seen.protocol === undefined ? connectionFailure(error) : refusalAfterHandshake(error)),
    );
    socket.on('close', () => refuse(new ConnectionFailure('peer_refused', 'ECONNRESET')));
  });
}

/** All three halves: who should get in did, in both directions, and nobody else did. */
export interface MutualTlsProof {
  readonly ok: boolean;
  readonly withCertificate: MtlsOutcome;
  readonly withoutCertificate: MtlsOutcome;
  readonly stranger: MtlsOutcome;
  /** Client accepted the service, and the service saw exactly the client's certificate. */
  readonly bothDirections: boolean;
}

/**
 * Starts the console's service with `service`'s files, and visits it with `client`'s certificate, without one, and with a stranger's.
 * A refusal counts only when the service itself turned the visitor away after a completed key exchange; a visitor who could not
 * connect at all proves nothing.
 *
 * @param client the same identity as the service's when a service is to be proved against itself
 * @throws ConsoleError `tls_key_mismatch`, `tls_bundle_unreadable`
 */
export async function proveMutualTls(request: {
  readonly service: MtlsIdentity;
  readonly client: MtlsIdentity;
  /** The DNS name in the service's certificate. */
  readonly servername: string;
  readonly timeoutMs?: number;
}): Promise<MutualTlsProof> {
  const stranger = await makeStranger(request.servername);
  const service = await startMtlsService(request.service);
  try {
    const at = {
      host: service.host,
      port: service.port,
      servername: request.servername,
      ca: request.client.ca,
      ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
    };
    const withCertificate = await attemptMutualTls({
      ...at,
      cert: request.client.cert,
      key: request.client.key,
    });
    const withoutCertificate = await attemptMutualTls(at);
    const impostor = await attemptMutualTls({ ...at, cert: stranger.certPem, key: stranger.keyPem });
    const bothDirections =
      withCertificate.accepted &&
      withCertificate.sawClient === sha256(new X509Certificate(request.client.cert)) &&
      withCertificate.served === sha256(new X509Certificate(request.service.cert));
    const [, second, third] = service.peers;
    const turnedAway = second?.accepted === false && third?.accepted === false;
    return {
      ok: bothDirections && turnedAway && !withoutCertificate.accepted && !impostor.accepted,
      withCertificate,
      withoutCertificate,
      stranger: impostor,
      bothDirections,
    };
  } finally {
    await service.close();
  }
}
