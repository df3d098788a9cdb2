import { describe, expect, test } from 'vitest';
import { isConsoleError, type ConsoleError } from '../../shared/errors.ts';
import { catalogues, locales } from '../../shared/i18n/index.ts';
import { ConnectionFailure, type FailureKind } from '../tls/failure.ts';
import { acmeError, type ErrorContext, type Stage } from './errors.ts';
import { readProblem } from './problem.ts';

const context = (stage: Stage, hasEab = false): ErrorContext => ({
  stage,
  url: 'https://ca.test/directory',
  name: 'a.test',
  hasEab,
});
const urn = (type: string): string => `urn:ietf:params:acme:error:${type}`;

/** Every placeholder of both sentences in both languages has a value. */
function expectWhole(error: ConsoleError): void {
  for (const locale of locales) {
    for (const part of ['what', 'next']) {
      const text = catalogues[locale][`error.${error.code}.${part}`] ?? '{{missing}}';
      for (const [, name] of text.matchAll(/\{\{(\w+)\}\}/g))
        expect(Object.keys(error.data.params)).toContain(name);
    }
  }
}

const cases: readonly [string, Stage, number, string][] = [
  ['dns', 'challenge', 400, 'acme_dns'],
  ['connection', 'challenge', 400, 'acme_connection'],
  ['tls', 'challenge', 400, 'acme_connection'],
  ['unauthorized', 'challenge', 403, 'acme_unauthorized'],
  ['incorrectResponse', 'challenge', 403, 'acme_unauthorized'],
  ['rejectedIdentifier', 'challenge', 403, 'acme_unauthorized'],
  ['rejectedIdentifier', 'order', 403, 'acme_rejected_identifier'],
  ['unsupportedIdentifier', 'order', 400, 'acme_rejected_identifier'],
  ['caa', 'challenge', 403, 'acme_caa'],
  ['rateLimited', 'order', 429, 'acme_rate_limited'],
  ['badCSR', 'finalize', 400, 'acme_bad_csr'],
  ['badPublicKey', 'finalize', 400, 'acme_bad_csr'],
  ['externalAccountRequired', 'account', 403, 'acme_eab_required'],
  ['accountDoesNotExist', 'order', 400, 'acme_account_missing'],
  ['unauthorized', 'account', 403, 'acme_account_refused'],
  ['unauthorized', 'order', 403, 'acme_account_refused'],
  ['userActionRequired', 'order', 403, 'acme_account_refused'],
  ['badNonce', 'order', 400, 'acme_bad_nonce'],
  ['serverInternal', 'order', 500, 'acme_server_error'],
  ['somethingNew', 'order', 502, 'acme_server_error'],
  ['somethingNew', 'order', 400, 'acme_refused'],
  ['somethingNew', 'challenge', 400, 'acme_order_invalid'],
  ['unknown', 'directory', 404, 'acme_not_acme'],
];

describe('a problem becomes a cause and a next step', () => {
  test.each(cases)('%s in stage %s (%i) is %s', (type, stage, status, code) => {
    const error = acmeError(readProblem({ type: urn(type), detail: 'why' }, status), context(stage));
    expect(error.code).toBe(code);
    expect(error.data.detail).toContain('why');
    expectWhole(error);
  });

  test('a refusal of the account is the binding’s fault when there was one', () => {
    const problem = readProblem({ type: urn('unauthorized'), detail: 'MAC' }, 403);
    expect(acmeError(problem, context('account', true)).code).toBe('acme_eab_rejected');
  });

  test('subproblems stay whole, and the first names the identifier of a compound', () => {
    const problem = readProblem(
      {
        type: urn('compound'),
        detail: 'several',
        subproblems: [
          { type: urn('caa'), detail: 'forbidden', identifier: { type: 'dns', value: 'b.test' } },
          { type: urn('dns'), detail: 'no address', identifier: { type: 'dns', value: 'c.test' } },
        ],
      },
      403,
    );
    const error = acmeError(problem, context('order'));
    expect(error.code).toBe('acme_caa');
    expect(error.data.params['name']).toBe('b.test');
    expect(error.data.detail).toContain('c.test: dns: no address');
  });

  test.each([
    ['refused', 'acme_unreachable'],
    ['timeout', 'acme_unreachable'],
    ['not_resolved', 'acme_unreachable'],
    ['untrusted', 'acme_untrusted'],
    ['unpinned', 'acme_untrusted'],
    ['wrong_name', 'acme_untrusted'],
    ['expired', 'acme_untrusted'],
    ['aborted', 'cancelled'],
  ] as [FailureKind, string][])('a connection that ends %s is %s', (kind, code) => {
    const error = acmeError(new ConnectionFailure(kind, 'CODE'), context('order'));
    expect(error.code).toBe(code);
    expectWhole(error);
  });

  test('bodies that are no problem document are one nevertheless', () => {
    for (const body of [undefined, null, 7, '<html>', [], { type: 7 }, { subproblems: 'x' }]) {
      const error = acmeError(readProblem(body, 503), context('order'));
      expect(isConsoleError(error, 'acme_server_error')).toBe(true);
    }
  });
});
