import { existsSync, readFileSync } from 'node:fs';

const firstLine = (text) => (text ?? '').split('\n', 1)[0].replace(/\u001b\[[0-9;]*m/g, '');

const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** What a tool that died without a report counts as. */
export const died = (code) => ({
  passed: 0,
  failed: [`ended with ${code ?? 'a signal or the time limit'}`],
  skipped: [],
});

/** Counts of vitest's JSON reporter. A file that could not be loaded counts as one failure. */
export function readVitest(file, code) {
  const report = read(file);
  if (report === undefined) return died(code);
  const result = { passed: 0, failed: [], skipped: [] };
  for (const suite of report.testResults) {
    if (suite.assertionResults.length === 0 && suite.status === 'failed') {
      result.failed.push(`${suite.name}: ${firstLine(suite.message)}`);
    }
    for (const test of suite.assertionResults) {
      if (test.status === 'passed') result.passed += 1;
      else if (test.status === 'failed')
        result.failed.push(`${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
      else result.skipped.push(`${test.fullName}: ${test.note ?? test.meta?.skipped ?? test.status}`);
    }
  }
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
      else result.failed.push(`${spec.name}: ${firstLine(error)}`);
    }
  }
  if (code !== 0 && result.failed.length === 0)
    result.failed.push(`playwright ended with ${code ?? 'the time limit'}`);
  return result;
}
