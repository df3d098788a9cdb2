import { expect, test } from 'vitest';
import { addressesIn } from './addresses.ts';

test.each([
  ['', [], undefined],
  ['alerts:9093', ['alerts:9093'], undefined],
  [' 10.0.0.5:9093,  [fd00::5]:9093 ', ['10.0.0.5:9093', '[fd00::5]:9093'], undefined],
  ['alerts', ['alerts'], 'alerts'],
  ['alerts:9093, http://other:9093', ['alerts:9093', 'http://other:9093'], 'http://other:9093'],
  ['alerts:0', ['alerts:0'], 'alerts:0'],
  ['alerts:70000', ['alerts:70000'], 'alerts:70000'],
])('%j', (text, addresses, wrong) => expect(addressesIn(text)).toEqual({ addresses, wrong }));
