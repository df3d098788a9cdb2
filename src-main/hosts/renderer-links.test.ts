import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const sources = fileURLToPath(new URL('../../src-renderer', import.meta.url));
const text = (file: string): string => readFileSync(path.join(sources, file), 'utf8');

test('every link leads to a page that there is', () => {
  const routes = new Set([...text('app/router.tsx').matchAll(/path: '([^']+)'/g)].map(([, at]) => at));
  const links = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('.test.'))
    .flatMap((file) =>
      [...text(file).matchAll(/\bto(?:=\{?|: )["'`](\/[^"'`]*)["'`]/g)].map(([, to = '']) => ({
        file,
        // A value that is written into the address stands where the route has a name.
        to: to.replace(/\$\{[^}]*\}/g, '$id'),
      })),
    );
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter(({ to }) => !routes.has(to))).toEqual([]);
});
