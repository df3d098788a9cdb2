// Builds everything that runs: CommonJS bundles of the core and the renderer. Parts whose inputs did not change are
// skipped. Every output is renamed into place when it is whole, so two builds at once never show half a file.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { build as buildRenderer } from 'vite';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'dist');

/** Output name → entry. A worker that a later part brings is built as soon as its entry exists. */
const entries = {
  'console.cjs': 'src-main/hosts/cli/main.ts',
  'words.cjs': 'src-main/hosts/cli/words.ts',
  'long-running.cjs': 'src-main/hosts/cli/long-running.ts',
  'electron-main.cjs': 'src-main/hosts/electron/main.ts',
  'preload.cjs': 'src-main/hosts/electron/preload.ts',
  'store-worker.cjs': 'src-main/store/worker.ts',
  'x509-worker.cjs': 'src-main/x509/worker.ts',
  'age-worker.cjs': 'src-main/setup/local/age-worker.ts',
};

const common = ['shared', 'package.json', 'package-lock.json', 'src-main/build.mjs', 'tsconfig.base.json'];
const parts = [
  { name: 'main', inputs: ['src-main', ...common], outputs: presentEntries, run: buildMain },
  {
    name: 'renderer',
    inputs: ['src-renderer', 'assets', ...common],
    outputs: () => ['renderer/index.html'],
    run: buildPages,
  },
];

function presentEntries() {
  return Object.keys(entries).filter((name) => existsSync(path.join(root, entries[name])));
}

async function filesBelow(location) {
  const full = path.join(root, location);
  if (!existsSync(full)) return [];
  const listing = await readdir(full, { withFileTypes: true, recursive: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (listing === undefined) return [full];
  return listing
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** SHA-256 over names and contents of everything a part is made of. */
async function fingerprint(inputs) {
  const hash = createHash('sha256').update(process.version);
  for (const input of inputs) {
    for (const file of (await filesBelow(input)).sort()) {
      hash.update(`\0${path.relative(root, file)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

async function place(file, contents, mode) {
  const staged = `${file}.${process.pid}.new`;
  await writeFile(staged, contents);
  await chmod(staged, mode);
  await rename(staged, file);
}

/** Programs that run for long on service hosts: memory counts there. */
const slim = ['long-running.cjs'];

async function buildMain() {
  const names = presentEntries();
  // CommonJS has no import.meta: src-main/install/paths.ts asks where the code lies.
  const commonJs = {
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  };
  await bundleEntries(
    names.filter((name) => name !== 'preload.cjs' && !slim.includes(name)),
    commonJs,
  );
  const small = { ...commonJs, minifyWhitespace: true, minifySyntax: true };
  for (const name of names.filter((each) => slim.includes(each))) {
    const isSaid = await textsOf(name, { ...small, plugins: [withoutReplacedParts] });
    await bundleEntries([name], { ...small, plugins: [withoutReplacedParts, onlyTexts(isSaid)] });
  }
  // A sandboxed preload may require nothing but electron, and its surface is the contract's.
  const procedures = names.includes('preload.cjs') ? await procedureNames() : [];
  await bundleEntries(
    names.filter((name) => name === 'preload.cjs'),
    { define: { contractProcedures: JSON.stringify(procedures) } },
  );
}

/**
 * What libraries load at their start and the console replaces: acme-client's and node-vault's HTTP layer (src-main/acme/transport.ts,
 * src-main/openbao/transport.ts), acme-client's certificate and RSA libraries (src-main/x509). Without them the agent needs half the memory.
 * Whoever calls one of them all the same gets an error that names it.
 */
const withoutReplacedParts = {
  name: 'without-replaced-parts',
  setup({ onResolve, onLoad }) {
    const replaced = /^(?:axios|node-forge|@peculiar\/x509|asn1js)$/;
    const libraries = /node_modules\/(?:acme-client|node-vault)\//;
    onResolve({ filter: replaced }, ({ path: name, importer }) =>
      libraries.test(importer) ? { path: name, namespace: 'replaced' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'replaced' }, ({ path: name }) => ({
      resolveDir: root,
      contents: `module.exports = require(${JSON.stringify(path.join(root, 'src-main/install/replaced.mjs'))}).default(${JSON.stringify(name)});`,
    }));
  },
};

const catalogue = /shared\/i18n\/(?:en|ko)\/[\w-]+\.json$/;

/** Leaves the texts that a program never says out of it. */
const onlyTexts = (isSaid) => ({
  name: 'only-texts',
  setup({ onLoad }) {
    onLoad({ filter: catalogue }, async ({ path: file }) => {
      const entries = Object.entries(JSON.parse(await readFile(file, 'utf8')));
      return {
        contents: JSON.stringify(Object.fromEntries(entries.filter(([key]) => isSaid(key)))),
        loader: 'json',
      };
    });
  },
});

/** Whether a program can say a text: its key stands in the code, or is put together there from a beginning. */
async function textsOf(name, options) {
  const { outputFiles } = await bundle({
    ...bundleOptions([name]),
    ...options,
    sourcemap: false,
    plugins: [...options.plugins, onlyTexts(() => false)],
  });
  const code = outputFiles.map(({ text }) => text).join('');
  const all = (pattern) => Array.from(code.matchAll(pattern), ([, found]) => found);
  const written = new Set(all(/["'`]([a-z][\w-]*(?:\.[\w-]+)+)["'`]/gi));
  const begun = all(/`([a-z][\w-]*\.(?:[\w-]+\.)*[\w-]*)\$\{/gi);
  return (key) =>
    written.has(key.replace(/_(?:one|other)$/, '')) || begun.some((beginning) => key.startsWith(beginning));
}

/** The contract's own list, read by running it. */
async function procedureNames() {
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: ['shared/contract/index.ts'],
    write: false,
    bundle: true,
    format: 'esm',
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  const { contract } = await import(`data:text/javascript;base64,${code}`);
  return Object.keys(contract);
}

const bundleOptions = (names) => ({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(names.map((name) => [name.replace(/\.cjs$/, ''), entries[name]])),
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  write: false,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node16',
  // Native, so it stays a package; electron exists only inside Electron.
  external: ['electron', '@photostructure/sqlite'],
  sourcemap: 'linked',
  legalComments: 'linked',
  keepNames: true,
  logLevel: 'warning',
});

async function bundleEntries(names, extra) {
  if (names.length === 0) return;
  const { outputFiles } = await bundle({ ...bundleOptions(names), ...extra });
  await mkdir(dist, { recursive: true });
  for (const file of outputFiles) {
    await place(file.path, file.contents, file.path.endsWith('console.cjs') ? 0o755 : 0o644);
  }
}

async function buildPages() {
  const staged = path.join(dist, `renderer.${process.pid}.new`);
  const finished = path.join(dist, 'renderer');
  await buildRenderer({
    configFile: path.join(root, 'src-renderer', 'vite.config.ts'),
    root: path.join(root, 'src-renderer'),
    logLevel: 'warn',
    build: { outDir: staged, emptyOutDir: true },
  });
  const old = path.join(dist, `renderer.${process.pid}.old`);
  await rename(finished, old).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(staged, finished);
  await rm(old, { recursive: true, force: true });
}

async function isCurrent(part, stamp) {
  if (!part.outputs().every((name) => existsSync(path.join(dist, name)))) return false;
  return (await readFile(path.join(dist, `.${part.name}.stamp`), 'utf8').catch(() => '')) === stamp;
}

/** Builds what is out of date. `only`: names of parts; answers the names that were built. */
export async function build(only = parts.map((part) => part.name)) {
  const built = [];
  for (const part of parts.filter((candidate) => only.includes(candidate.name))) {
    const stamp = await fingerprint(part.inputs);
    if (await isCurrent(part, stamp)) continue;
    const started = Date.now();
    await part.run();
    await place(path.join(dist, `.${part.name}.stamp`), stamp, 0o644);
    console.error(`built ${part.name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    built.push(part.name);
  }
  return built;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2);
  const built = await build(named.length > 0 ? named : undefined);
  if (built.length === 0) console.error('everything is up to date');
}
