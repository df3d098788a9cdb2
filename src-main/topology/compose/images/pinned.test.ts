import { expect, test } from 'vitest';
import { pinOf } from '../container-list.ts';
import { pinnedImages, withDigest } from './pinned.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

test('an image that a registry knows is named by its digest, no other is', () => {
  const { openbao } = pinnedImages;
  const pinned = withDigest(openbao, [`other/openbao@${digest}`, `openbao/openbao@${digest}`]);
  expect(pinned.path).toBe(`${openbao.path}@${digest}`);
  expect(withDigest(pinned, [`openbao/openbao@sha256:00`])).toEqual(pinned);
  expect(withDigest(openbao, [])).toEqual(openbao);
  expect(
    withDigest({ path: 'reg.example:5000/a/b:1', version: '1' }, [`reg.example:5000/a/b@${digest}`]).path,
  ).toBe(`reg.example:5000/a/b:1@${digest}`);
});

test('how exactly a name names an image', () => {
  expect([`a:1@${digest}`, 'a:1.2', 'a', 'a:latest', 'reg:5000/a', 'a:stable'].map(pinOf)).toEqual([
    'digest',
    'version',
    'floating',
    'floating',
    'floating',
    'floating',
  ]);
});
