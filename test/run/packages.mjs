import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { serverPackages } from '../../src-main/hosts/start/system-packages.mjs';

const onPath = (command) =>
  `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':').some((directory) => {
    try {
      accessSync(path.join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const library = (name) =>
  ['x86_64-linux-gnu', 'aarch64-linux-gnu'].some((triplet) => existsSync(`/usr/lib/${triplet}/${name}`));

const command = (name, why, executable = name) => ({ name, why, present: () => onPath(executable) });

const onServers = [
  ...serverPackages,
  command('openssl', 'checks certificates with another implementation'),
  command('faketime', 'clocks that are wrong'),
  command('pebble', 'a strict ACME server'),
  command('nginx-light', 'a service that is made to read its new certificate', 'nginx'),
];
/** Installed, not started: tests run the programs themselves (Debian's own policy-rc.d, or none that starts services). */
const watching = [
  command('prometheus', 'alert rules that really fire'),
  command('prometheus-alertmanager', 'alerts that really arrive'),
];
const onScreen = [
  {
    name: 'fonts-noto-cjk',
    why: 'Korean in screenshots',
    present: () => existsSync('/usr/share/fonts/opentype/noto'),
  },
];

/** An engine of a test's own, and roots for its images. */
const onDocker = [
  command('docker.io', 'a Docker engine of its own', 'dockerd'),
  command('debootstrap', 'roots of images where there is no registry'),
  command('busybox-static', 'a small image', 'busybox'),
  command('openssl', 'checks certificates with another implementation'),
  ...watching,
  ...serverPackages,
];

const wanted = {
  docker: onDocker,
  hosts: onDocker,
  unit: [
    command('openssl', 'checks certificates with another implementation'),
    command('patch', 'applies the diffs that plans show'),
  ],
  integration: [...onServers, ...watching],
  faults: onServers,
  e2e: [command('chromium', 'the browser'), ...onScreen, ...serverPackages],
  electron: [
    command('xvfb', 'a screen for the window', 'xvfb-run'),
    command('xauth', 'lets the window use that screen'),
    { name: 'libgtk-3-0', why: 'Electron links to it', present: () => library('libgtk-3.so.0') },
    { name: 'libnss3', why: 'Electron links to it', present: () => library('libnss3.so') },
    { name: 'libgbm1', why: 'Electron links to it', present: () => library('libgbm.so.1') },
    { name: 'libasound2', why: 'Electron links to it', present: () => library('libasound.so.2') },
    ...onScreen,
    ...serverPackages,
  ],
};

/** Debian packages that the named suites need, each once. */
export function testPackages(names) {
  const all = names.flatMap((name) => wanted[name] ?? []);
  return all.filter((entry, index) => all.findIndex(({ name }) => name === entry.name) === index);
}
