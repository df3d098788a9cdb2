// The first file of a packaged application of the tests: the old build's gaps are filled before the console's own main file runs.
import { createRequire } from 'node:module';
import path from 'node:path';
import './electron-22-shims.ts';

createRequire(__filename)(path.join(__dirname, '..', 'dist', 'electron-main.cjs'));
