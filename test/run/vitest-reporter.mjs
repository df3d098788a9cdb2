import { writeFileSync } from 'node:fs';

const firstLine = (error) =>
  String(error?.message ?? error)
    .split('\n', 1)[0]
    // Colours of the terminal have no place in a list.
    .replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '');

/** What test/support/describe-unless.ts wrote into a title. */
const reason = (title) => /\[skipped: ([^\]]+)\]/.exec(title)?.[1];

/** Writes counts, failures and the reason of each skip to `BOOTROOT_TEST_REPORT`; vitest's own JSON leaves the reasons out. */
export default class Reporter {
  onTestRunEnd(modules, unhandledErrors) {
    const report = { passed: 0, failed: unhandledErrors.map(firstLine), skipped: [] };
    for (const module of modules) {
      report.failed.push(
        ...module.errors().map((error) => `${module.relativeModuleId}: ${firstLine(error)}`),
      );
      for (const suite of module.children.allSuites()) {
        report.failed.push(...suite.errors().map((error) => `${suite.fullName}: ${firstLine(error)}`));
      }
      for (const test of module.children.allTests()) {
        const { state, errors, note = reason(test.fullName) } = test.result();
        if (state === 'passed') report.passed += 1;
        else if (state === 'failed') report.failed.push(`${test.fullName}: ${firstLine(errors[0])}`);
        else if (note === undefined) report.failed.push(`${test.fullName}: skipped without a reason`);
        else report.skipped.push(`${test.fullName}: ${note}`);
      }
    }
    writeFileSync(process.env.BOOTROOT_TEST_REPORT, JSON.stringify(report));
  }
}
