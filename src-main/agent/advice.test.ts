import { X509Certificate } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleError } from '../../shared/errors.ts';
import { testPki } from '../../test/support/pki.ts';
import type { RenewalInfo } from '../acme/port.ts';
import { AdviceCache } from './advice.ts';

const minute = 60_000;
const hour = 60 * minute;
const began = Date.UTC(2030, 0, 1);
const iso = (ms: number): string => new Date(ms).toISOString();
const info = (start: number, end: number, retryAfterSecs = 3600): RenewalInfo => ({
  start: iso(start),
  end: iso(end),
  retryAfterSecs,
});
const silent = new ConsoleError('acme_unreachable', { url: '', reason: 'ECONNREFUSED' });

let leaf: X509Certificate;
let other: X509Certificate;
let cache: AdviceCache;
let clock: number;
let random: number;
let asked: number;
let lines: string[];
let answer: () => RenewalInfo | undefined;
beforeAll(async () => {
  const pki = await testPki();
  leaf = new X509Certificate((await pki.leaf(['a.test'])).cert);
  other = new X509Certificate((await pki.leaf(['b.test'])).cert);
});
beforeEach(() => {
  cache = new AdviceCache();
  [clock, random, asked, lines] = [began, 0.5, 0, []];
});

const momentOf = async (of = leaf): Promise<number | undefined> => {
  const issuer = {
    advice: async () => {
      asked += 1;
      return answer();
    },
  };
  const deps = { issuer, log: ({ key }: { key: string }) => void lines.push(key), now: () => clock };
  const advice = await cache.of(of, { ...deps, random: () => random }, new AbortController().signal);
  return advice?.at;
};

describe('AdviceCache', () => {
  it('draws a moment once for each window, and asks again when the CA says so', async () => {
    answer = () => info(began + hour, began + 3 * hour);
    expect(await momentOf()).toBe(began + 2 * hour);
    clock += 59 * minute;
    expect([await momentOf(), asked]).toEqual([began + 2 * hour, 1]);
    clock += minute;
    random = 0;
    expect([await momentOf(), asked]).toEqual([began + 2 * hour, 2]);
    answer = () => info(began, began + hour);
    clock += hour;
    expect([await momentOf(), asked]).toEqual([began, 3]);
  });

  it('takes a Retry-After of seconds for a minute and one of weeks for a day', async () => {
    answer = () => info(began + 30 * hour, began + 40 * hour, 1);
    await momentOf();
    clock += minute - 1;
    await momentOf();
    expect(asked).toBe(1);
    clock += 1;
    answer = () => info(began + 30 * hour, began + 40 * hour, 30 * 86_400);
    await momentOf();
    expect(asked).toBe(2);
    clock += 24 * hour - 1;
    await momentOf();
    expect(asked).toBe(2);
    clock += 1;
    await momentOf();
    expect(asked).toBe(3);
  });

  it('keeps what it knows of a CA that is silent, and asks it ever more seldom, for all leaves together', async () => {
    answer = () => info(began + hour, began + 3 * hour, 60);
    await momentOf();
    answer = () => {
      throw silent;
    };
    clock += minute;
    expect(await momentOf()).toBe(began + 2 * hour);
    expect([await momentOf(other), asked]).toEqual([undefined, 2]);
    for (let count = 0; count < 24 * 60; count += 1) {
      clock += minute;
      expect(await momentOf()).toBe(began + 2 * hour);
    }
    // After 1, 2, 4, … 32 minutes, then each hour.
    expect(asked).toBeLessThan(34);
    expect(new Set(lines)).toEqual(new Set(['agent.log.advice_failed']));
    answer = () => info(began, began + 2 * hour);
    clock += hour;
    expect(await momentOf(other)).toBe(began + hour);
    clock += 1;
    expect(await momentOf()).toBe(began + hour);
  });

  it('asks a CA that gives no advice four times a day, and is not silenced by an order that was cut off', async () => {
    answer = () => undefined;
    for (let count = 0; count < 24; count += 1) {
      expect(await momentOf()).toBeUndefined();
      clock += hour;
    }
    expect(asked).toBe(4);
    answer = () => {
      throw new ConsoleError('cancelled');
    };
    await momentOf(other);
    await momentOf(other);
    expect([asked, lines]).toEqual([6, []]);
  });
});
