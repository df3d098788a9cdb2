// Plays the part of Electron's own default_app in the old test build: starts the application directory of the command line.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { app } from 'electron';
import './electron-22-shims.ts';

const at = process.argv.findIndex((argument, index) => index > 0 && !argument.startsWith('-'));
const directory = path.resolve(process.argv[at] ?? '.');
process.argv.splice(at, 1);
const { main, name, version } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')) as {
  main: string;
  name: string;
  version: string;
};
app.setName(name);
(app as unknown as { setVersion: (text: string) => void }).setVersion(version);
(app as unknown as { setAppPath: (text: string) => void }).setAppPath(directory);
createRequire(path.join(directory, 'package.json'))(path.join(directory, main));
