import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { said } from './systemctl.ts';

/** What systemd itself says of a unit that is not installed yet. */
export interface Judged {
  readonly name: string;
  /** Overall exposure, 0 (safe) to 10; absent when this systemd cannot say. */
  readonly exposure?: number;
}

/**
 * Units as systemd judges them, before they are written anywhere that counts.
 * @returns `problems`: what `systemd-analyze verify` finds wrong, a line each; none when all is well
 * @throws `systemd_no_program`
 */
export async function judge(
  units: readonly { readonly name: string; readonly text: string }[],
): Promise<{ readonly problems: readonly string[]; readonly units: readonly Judged[] }> {
  const place = await mkdtemp(join(tmpdir(), 'units-'));
  try {
    for (const { name, text } of units) await writeFile(join(place, name), text, { mode: 0o644 });
    const paths = units.map(({ name }) => join(place, name));
    const verified = await said('systemd-analyze', ['verify', ...paths]);
    const problems = verified.stderr
      .split('\n')
      .map((line) => line.replaceAll(`${place}/`, '').trim())
      // It looks at what the units refer to as well; only these are ours to judge.
      .filter((line) => units.some(({ name }) => line.includes(name)));
    const judged: Judged[] = [];
    for (const { name } of units) {
      const { stdout } = await said('systemd-analyze', [
        ...['security', '--offline=true', '--no-pager', join(place, name)],
      ]);
      const [, score] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
      judged.push({ name, ...(score === undefined ? {} : { exposure: Number(score) }) });
    }
    return { problems, units: judged };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
