import { acmeMeter } from '../../acme/meter.ts';
import { rungs } from '../../../shared/contract/services.ts';
import { needsOf } from '../../home/needs.ts';
import { headline } from '../../services/ladder/rungs.ts';
import type { Picture } from '../picture.ts';

/**
 * Turns pictures and what happens between them into values of series:
 * `issued`, `failed` (since the last picture), `acme:<stage>` (mean milliseconds), `acme5xx`, `server:<id>`, `rung:<rung>`, `needs:<severity>`,
 * `disk:<path>` (bytes free).
 */
export class Recorder {
  readonly #leaves = new Map<string, number>();
  readonly #failed = new Set<string>();
  #first = true;
  #acme: { stage: string; status: number; ms: number }[] = [];
  readonly #deaf = acmeMeter.listen((answer) => {
    // A process that nobody asks for pictures must not grow.
    if (this.#acme.length < 100_000) this.#acme.push(answer);
  });

  /** A leaf on disk with another end than before was issued since, by whomever. */
  #issued({ facts }: Picture): number {
    let issued = 0;
    for (const { id, expiresAt } of facts.services) {
      if (expiresAt === undefined || this.#leaves.get(id) === expiresAt) continue;
      if (!this.#first) issued += 1;
      this.#leaves.set(id, expiresAt);
    }
    return issued;
  }

  #failures({ facts, hosts }: Picture): number {
    const broken = [
      ...facts.operations.filter(({ state }) => state === 'failed').map(({ id }) => `operation ${id}`),
      ...hosts.filter(({ lastError }) => lastError !== undefined).map(({ id }) => `host ${id}`),
    ];
    const fresh = this.#first ? 0 : broken.filter((one) => !this.#failed.has(one)).length;
    this.#failed.clear();
    for (const one of broken) this.#failed.add(one);
    return fresh;
  }

  #latencies(): [string, number][] {
    const answers = this.#acme;
    this.#acme = [];
    const stages = [...new Set(answers.map(({ stage }) => stage))];
    return [
      ...stages.map((stage): [string, number] => {
        const of = answers.filter((one) => one.stage === stage);
        return [`acme:${stage}`, of.reduce((sum, { ms }) => sum + ms, 0) / of.length];
      }),
      ['acme5xx', answers.filter(({ status }) => status >= 500).length],
    ];
  }

  values(picture: Picture): ReadonlyMap<string, number> {
    const { facts, disks } = picture;
    const needs = needsOf(facts);
    const lows = facts.services.map(({ ladder }) => headline(ladder)?.rung);
    const values = new Map<string, number>([
      ['issued', this.#issued(picture)],
      ['failed', this.#failures(picture)],
      ...this.#latencies(),
      ...facts.servers.map(({ id, state }): [string, number] => [
        `server:${id}`,
        state === 'ready' || state === 'sealed' ? 1 : 0,
      ]),
      ...rungs.map((rung): [string, number] => [`rung:${rung}`, lows.filter((low) => low === rung).length]),
      ['rung:proved', lows.filter((low) => low === undefined).length],
      ...(['critical', 'warning', 'notice'] as const).map((severity): [string, number] => [
        `needs:${severity}`,
        needs.filter((need) => need.severity === severity).length,
      ]),
      ...disks.map(({ path, freeBytes }): [string, number] => [`disk:${path}`, freeBytes]),
    ]);
    this.#first = false;
    return values;
  }

  close(): void {
    this.#deaf();
  }
}
