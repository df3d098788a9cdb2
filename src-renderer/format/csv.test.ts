import { expect, it } from 'vitest';
import { csvOf } from './csv.ts';

it('quotes what needs it', () => {
  expect(
    csvOf([
      ['name', 'note'],
      ['edge, proxy', 'a "word"\nmore'],
    ]),
  ).toBe('name,note\r\n"edge, proxy","a ""word""\nmore"\r\n');
});

it('starts no formula in a spreadsheet', () => {
  expect(csvOf([['=1+1', '@sum', '-2', 'a=b']])).toBe("'=1+1,'@sum,'-2,a=b\r\n");
});
