import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Outside systems, one folder each. They know nothing of operator tasks, and tasks know nothing of hosts. */
const adapters =
  'openbao,stepca,acme,responder,postgres,tls,x509,dns,servers,processes,agent,issuance,install,metrics,remote,docker,systemd,ssh'.split(
    ',',
  );
const tasks =
  'setup,services,certificates,topology,upgrade,moving,home,rotation,schedule,fleet,monitoring,notifications,drift,adopt,backup,runbooks'.split(
    ',',
  );

const forbid = (names, message) => ({
  group: names.flatMap((name) => [`**/${name}/*`, `**/${name}`]),
  message,
});
const noElectron = { name: 'electron', message: 'Only src-main/hosts/electron may import electron.' };
const hosts = forbid(['hosts'], 'An arrow never points up: only hosts import hosts.');
const composition = forbid(['console'], 'An arrow never points up: only hosts import the composition root.');
const renderer = forbid(['src-renderer'], 'The core knows nothing of the renderer.');
const restrict = (patterns, paths = [noElectron]) => ({
  'no-restricted-imports': ['error', { paths, patterns }],
});
const files = (names) => names.map((name) => `src-main/${name}/**/*.ts`);

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'release', 'test-results'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
    },
  },
  {
    files: ['shared/**/*.ts'],
    rules: restrict([renderer, forbid(['src-main'], 'The contract has no behaviour.')]),
  },
  {
    files: files([...adapters, 'workspace', 'store', 'audit', 'operations']),
    rules: restrict([
      hosts,
      composition,
      renderer,
      forbid(tasks, 'Adapters know nothing of operator tasks.'),
    ]),
  },
  { files: files(tasks), rules: restrict([hosts, composition, renderer]) },
  { files: files(['console']), rules: restrict([hosts, renderer]) },
  { files: files(['hosts/web', 'hosts/cli']), rules: restrict([renderer]) },
  {
    files: ['src-renderer/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      ...restrict([
        forbid(['src-main'], 'The renderer imports only the contract.'),
        { group: ['node:*'], message: 'No node in the renderer.' },
      ]),
    },
  },
  {
    files: ['**/*.mjs', '*.js', 'src-main/hosts/cli/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.mjs', '*.js'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      parserOptions: { projectService: false, project: false, program: null },
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
