#!/usr/bin/env node
import { createRequire } from 'node:module';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { distDirectory } from '../../install/paths.ts';

// Programs that run for long on service hosts load little: they are a bundle of their own, beside that of all other words.
const alone = ['agent', 'responder', 'resolver', 'remote'].includes(process.argv[2] ?? '');
// They are idle nearly always, so memory counts more than speed: a third less is resident with 100 certificates.
if (alone)
  for (const flag of ['--optimize-for-size', '--semi-space-growth-factor=1']) setFlagsFromString(flag);
createRequire(path.join(distDirectory(), 'console.cjs'))(alone ? './long-running.cjs' : './words.cjs');
