import type { Rung } from '../../../shared/contract/services.ts';
import { message, type Message } from '../../../shared/message.ts';

export type Outcome = Rung['outcome'];

/** Collects what speaks for and against one rung; the strongest word wins: contradicted, then not proved, then proved. */
export class RungBuilder {
  readonly #evidence: Message[] = [];
  #outcome: Outcome = 'proved';

  constructor(
    private readonly rung: Rung['rung'],
    private readonly at: number,
  ) {}

  proves(key: Message['key'], params?: Record<string, string | number>): void {
    this.#evidence.push(message(key, params));
  }

  lacks(key: Message['key'], params?: Record<string, string | number>): void {
    if (this.#outcome === 'proved') this.#outcome = 'not_proved';
    this.#evidence.push(message(key, params));
  }

  contradicts(key: Message['key'], params?: Record<string, string | number>): void {
    this.#outcome = 'contradicted';
    this.#evidence.push(message(key, params));
  }

  get proved(): boolean {
    return this.#outcome === 'proved';
  }

  build(): Rung {
    return { rung: this.rung, outcome: this.#outcome, at: this.at, evidence: this.#evidence };
  }
}

/** A rung that was not asked because one below it is not proved. */
export const notAsked = (rung: Rung['rung'], at: number): Rung => ({
  rung,
  outcome: 'unknown',
  at,
  evidence: [message('service.rung.earlier')],
});

/** The headline of a ladder: its lowest rung that is not proved, or undefined when all are. */
export const headline = (ladder: readonly Rung[]): Rung | undefined =>
  ladder.find((rung) => rung.outcome !== 'proved');
