import { existsSync, readFileSync } from 'node:fs';

const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const firstLine = (text) => (text ?? '').split('\n', 1)[0].replaceAll(colour, '');

const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** What a tool that died without a report counts as. */
export const died = (code) => ({
  passed: 0,
  failed: [`ended with ${code ?? 'a signal or the time limit'}`],
  skipped: [],
});

/** What vitest-reporter.mjs wrote. */
export function readVitest(file, code) {
  const result = read(file);
  if (result === undefined) return died(code);
  if (code !== 0 && result.failed.length === 0)
    result.failed.push(`vitest ended with ${code ?? 'the time limit'}`);
  return result;
}

function specsOf(suite, prefix) {
  const here = suite.specs.map((spec) => ({ ...spec, name: `${prefix}${spec.title}` }));
  return [...here, ...(suite.suites ?? []).flatMap((inner) => specsOf(inner, `${prefix}${inner.title} › `))];
}

/** Counts of Playwright's JSON reporter. */
export function readPlaywright(file, code) {
  const report = read(file);
  if (report === undefined) return died(code);
  const result = { passed: 0, failed: report.errors.map(({ message }) => firstLine(message)), skipped: [] };
  for (const spec of report.suites.flatMap((suite) => specsOf(suite, ''))) {
    for (const test of spec.tests) {
      const reason = test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description;
      const error = test.results.flatMap(({ errors }) => errors)[0]?.message;
      if (test.status === 'skipped' && reason === undefined) result.failed.push(`${spec.name}: did not run`);
      else if (test.status === 'skipped') result.skipped.push(`${spec.name}: ${reason}`);
      else if (test.status === 'expected') result.passed += 1;
      else if (test.status === 'flaky') {
        // A browser on a busy machine may miss its time once; it is said, so that nobody gets used to it.
        console.log(`passed at the second try: ${spec.name}: ${firstLine(error)}`);
        result.passed += 1;
      } else result.failed.push(`${spec.name}: ${firstLine(error)}`);
    }
  }
  if (code !== 0 && result.failed.length === 0)
    result.failed.push(`playwright ended with ${code ?? 'the time limit'}`);
  return result;
}
