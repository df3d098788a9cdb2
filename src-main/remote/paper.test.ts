import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { fromPaper, toPaper } from './paper.ts';

const artifact = readFileSync(new URL('golden/bootstrap-newer.json', import.meta.url), 'utf8');
const lines = toPaper(artifact);
const problem = (text: string): unknown => {
  try {
    return fromPaper(text);
  } catch (error) {
    return isConsoleError(error) ? [error.code, error.data.params['line']] : error;
  }
};

test('a bootstrap.json comes back from paper as it was, whoever typed it', () => {
  expect(JSON.parse(fromPaper(lines.join('\n')))).toEqual(JSON.parse(artifact));
  // A scanner that mixes up letters, typed in another order, with a title above.
  const read = (line: string): string =>
    line.replace(
      /^(\d+ )(.*)$/,
      (_, number: string, rest: string) => number + rest.toLowerCase().replace(/0/g, 'o'),
    );
  const typed = ['Hand-over of edge', ...[...lines].reverse().map(read)];
  expect(JSON.parse(fromPaper(typed.join('\n')))).toEqual(JSON.parse(artifact));
});

test('the line with a slip of the pen is named, and the one that is missing', () => {
  const third = lines[2] ?? '';
  const slipped = third.replace(/[A-Z](?=\S* )/, (letter) => (letter === 'A' ? 'B' : 'A'));
  expect(slipped).not.toBe(third);
  expect(problem(lines.map((line, index) => (index === 2 ? slipped : line)).join('\n'))).toEqual([
    'remote_paper_line',
    3,
  ]);
  expect(problem(lines.filter((_, index) => index !== 4).join('\n'))).toEqual(['remote_paper_incomplete', 5]);
  expect(problem(lines.slice(0, -1).join('\n'))).toEqual(['remote_paper_incomplete', lines.length]);
});
