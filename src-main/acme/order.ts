import type { X509Certificate } from 'node:crypto';
import type { Authorization, Client, Order } from 'acme-client';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { readBundle } from '../tls/certificates.ts';
import { readCertificate } from '../x509/certificate-fields.ts';
import { readPem } from '../x509/pem.ts';
import { problemError, type ErrorContext } from './errors.ts';
import { AcmeProblem, readProblem } from './problem.ts';
import type { ChallengeResponder, IssuedCertificate, IssueRequest } from './port.ts';
import type { RetryPolicy } from './retry.ts';
import type { AcmeTransport } from './transport.ts';

/** What the steps of one order share. */
export interface OrderRun {
  readonly client: Client;
  readonly transport: AcmeTransport;
  readonly request: IssueRequest;
  readonly policy: RetryPolicy;
  readonly context: ErrorContext;
  readonly now: () => number;
  /** What is being withdrawn from the responder; never rejects. */
  readonly withdrawals: Promise<void>[];
}

type Challenge = Authorization['challenges'][number];

const pollMs = { least: 200, most: 5_000 };
/** step-ca leaves a challenge pending when it could not reach the responder, and tries again only when it is told to. */
const challengeAttempts = 4;
const finaliseAttempts = 3;
/** What may be different a moment later; a wrong answer will not be. */
const mayPass: ReadonlySet<string> = new Set(['connection', 'dns', 'serverInternal']);

/** Waits until `look` answers something, as long as the CA wishes between two looks, but not for ever. */
async function poll<T>(run: OrderRun, url: string, look: () => Promise<T | undefined>): Promise<T> {
  const patience = run.request.patienceMs ?? 120_000;
  const end = run.now() + patience;
  for (let count = 0; ; count += 1) {
    const found = await look();
    if (found !== undefined) return found;
    const own = Math.min(pollMs.most, pollMs.least * 1.6 ** count);
    const wait = Math.max(own, Math.min(run.transport.retryAfter(url) ?? 0, 60_000));
    if (run.now() + wait > end) {
      throw new ConsoleError('acme_order_timeout', { seconds: Math.round(patience / 1000) });
    }
    await run.policy.sleep(wait, run.request.signal);
  }
}

async function readAuthorization(run: OrderRun, order: Order, url: string): Promise<Authorization> {
  const [authorization] = await run.client.getAuthorizations({ ...order, authorizations: [url] });
  if (authorization?.identifier === undefined || !Array.isArray(authorization.challenges)) {
    throw new Error('authorization without identifier or challenges');
  }
  return authorization;
}

const http01Of = ({ challenges }: Authorization): Challenge | undefined =>
  challenges.find(({ type }) => type === 'http-01');

/**
 * Tells the CA to look. A CA that has looked already (our first call was lost on the way back) may call this malformed.
 * @returns whether the answer itself says that the name is proved, as step-ca's does: it looks before it answers
 */
async function triggerChallenge(
  run: OrderRun,
  order: Order,
  url: string,
  challenge: Challenge,
): Promise<boolean> {
  try {
    // RFC 8555 §7.5.1: the answer is the challenge; valid means that its authorization is.
    return (await run.client.completeChallenge(challenge)).status === 'valid';
  } catch (error) {
    const again = await readAuthorization(run, order, url);
    if (!(error instanceof AcmeProblem) || again.status === 'pending') throw error;
    return again.status === 'valid';
  }
}

async function validate(
  run: OrderRun,
  order: Order,
  url: string,
  { name, challenge }: { readonly name: string; readonly challenge: Challenge },
): Promise<void> {
  const context: ErrorContext = { ...run.context, stage: 'challenge', name };
  let attempts = 1;
  if (await triggerChallenge(run, order, url, challenge)) return;
  await poll(run, url, async () => {
    const now = await readAuthorization(run, order, url);
    if (now.status === 'valid') return true;
    const failure = now.challenges.find(({ error }) => error !== undefined)?.error;
    if (now.status !== 'pending') {
      throw failure === undefined
        ? new ConsoleError('acme_order_invalid', { name }, { detail: now.status })
        : problemError(readProblem(failure, 403), context);
    }
    if (failure === undefined) return undefined;
    const problem = readProblem(failure, 403);
    if (attempts >= challengeAttempts || !mayPass.has(problem.type)) throw problemError(problem, context);
    attempts += 1;
    await run.policy.sleep(run.policy.baseMs * 2 ** attempts, run.request.signal);
    await triggerChallenge(run, order, url, http01Of(now) ?? challenge);
    return undefined;
  });
}

/** Withdraws what was presented. A failure here harms nobody: the responder forgets the token by itself. */
async function withdraw(
  responder: ChallengeResponder,
  token: string,
  keyAuthorization: string,
): Promise<void> {
  try {
    await responder.remove(token, keyAuthorization);
  } catch {
    return;
  }
}

/** Proves one name to the CA: present, trigger, wait, withdraw. */
export async function authorise(run: OrderRun, order: Order, url: string): Promise<void> {
  const authorization = await readAuthorization(run, order, url);
  const name = authorization.identifier.value;
  if (authorization.status === 'valid') return;
  const challenge = http01Of(authorization);
  if (challenge === undefined) throw new ConsoleError('acme_no_http01', { name });
  const keyAuthorization = await run.client.getChallengeKeyAuthorization(challenge);
  const { responder, signal, onProgress } = run.request;
  onProgress?.({ message: message('acme.progress.present', { name }), fraction: 0.35 });
  try {
    await responder.present(challenge.token, keyAuthorization, signal);
    onProgress?.({ message: message('acme.progress.validate', { name }), fraction: 0.5 });
    await validate(run, order, url, { name, challenge });
  } finally {
    // Beside the rest of the order: nothing in it waits for this.
    run.withdrawals.push(withdraw(responder, challenge.token, keyAuthorization));
  }
}

/** acme-client's own `finalizeOrder`, without the certificate library that it takes the PEM apart with. */
async function sendRequest(client: Client, order: Order, csr: string): Promise<Order> {
  const { api } = client as unknown as {
    api: { finalizeOrder(url: string, data: object): Promise<{ data: Order }> };
  };
  const [block] = readPem(Buffer.from(csr)).blocks;
  const text = Buffer.from(block?.der ?? []).toString('base64url');
  const { data } = await api.finalizeOrder(order.finalize, { csr: text });
  return { ...data, url: order.url };
}

/** Sends the request and waits for the certificate's address. Answers the finished order. */
export async function finalise(run: OrderRun, order: Order, csr: string): Promise<Order> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      // step-ca has the certificate ready when it answers.
      const answer = await sendRequest(run.client, order, csr);
      if (answer.status === 'valid' && answer.certificate !== undefined) return answer;
      break;
    } catch (error) {
      // Either the answer to a first attempt was lost and the order is further than the CA's "not ready" sounds, or the CA has not
      // yet made an order ready whose names it has proved.
      if (!(error instanceof AcmeProblem) || error.type !== 'orderNotReady') throw error;
      const { status } = await run.client.getOrder(order);
      if (status !== 'pending' && status !== 'ready') break;
      if (attempt >= finaliseAttempts) throw error;
      await run.policy.sleep(run.policy.baseMs * 2 ** attempt, run.request.signal);
    }
  }
  return poll(run, order.url, async () => {
    const now = await run.client.getOrder(order);
    if (now.status === 'valid' && now.certificate !== undefined) return now;
    if (now.status === 'invalid') {
      const context: ErrorContext = { ...run.context, stage: 'finalize' };
      throw now.error === undefined
        ? new ConsoleError('acme_order_invalid', { name: run.context.name })
        : problemError(readProblem(now.error, 403), context);
    }
    return undefined;
  });
}

/**
 * Takes the CA's answer apart and checks that it is the certificate that was ordered: this key, these names.
 * @throws ConsoleError `acme_bad_answer`
 */
export function readIssued(run: OrderRun, pem: string, publicKey: Buffer): IssuedCertificate {
  const bad = (detail: string, cause?: unknown): ConsoleError =>
    new ConsoleError('acme_bad_answer', {}, { detail, cause });
  let certificates: X509Certificate[];
  try {
    certificates = readBundle(pem);
  } catch (cause) {
    throw bad('unreadable PEM', cause);
  }
  const [leaf, ...chain] = certificates;
  if (leaf === undefined) throw bad('no certificate');
  if (!publicKey.equals(readCertificate(leaf.raw).spki)) throw bad('another public key');
  for (const { type, value } of run.request.identifiers) {
    const covered = type === 'ip' ? leaf.checkIP(value) : leaf.checkHost(value, { subject: 'never' });
    if (covered === undefined) throw bad(`lacks ${value}`);
  }
  return { leafPem: leaf.toString(), chainPem: chain.map((certificate) => certificate.toString()) };
}
