import { expect, test } from 'vitest';
import { errorMessages } from '../../shared/errors.ts';
import { createTranslator, type Locale } from '../../shared/i18n/index.ts';
import { message } from '../../shared/message.ts';
import { preconditionUnmet } from './precondition-unmet.ts';

const title = message('setup.precondition.ports');

function words(locale: Locale, precondition: Parameters<typeof preconditionUnmet>[0]): string {
  const { key, params } = errorMessages(preconditionUnmet(precondition).data).what;
  return createTranslator(locale).t(key, params ?? {});
}

test('says which sentence does not hold and why: the server, the port and who holds it', () => {
  const about = { port: 8081, server: 'HTTP-01 responder', process: 'nginx', pid: 17 };
  const detail = message('setup.check.port_taken', about);
  expect(words('en', { id: 'ports', title, met: false, detail })).toBe(
    'A precondition is not met: The ports are free, or others can be taken. nginx (process 17) holds port 8081, which is for HTTP-01 responder.',
  );
  const korean = words('ko', { id: 'ports', title, met: false, detail });
  expect(korean).toContain('HTTP-01 리스폰더에 쓸 포트 8081번을 nginx(프로세스 17)에서');
  expect(korean).not.toContain('setup.');
});

test('one without a reason points at the plan', () => {
  expect(words('en', { id: 'ports', title, met: false })).toMatch(/The plan shows it with a cross\.$/);
});
