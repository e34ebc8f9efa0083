import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Paths are written once, in the contracts; a test, too, names an endpoint and no path. (Kubernetes has an API of that prefix.) */
const apiPath = String.raw`/\/api\/v1(?!\)?\/namespaces)/`;
const pathsOutsideContracts = ['Literal[raw=', 'TemplateElement[value.raw='].map((node) => ({
  selector: `${node}${apiPath}]`,
  message: 'Use an endpoint of @retort/contracts (urlOf gives its path).',
}));

const everywhere = [
  { selector: 'SpreadElement > ArrayExpression', message: 'Write the items themselves into the list.' },
  { selector: 'SpreadElement > ObjectExpression', message: 'Write the members themselves into the object.' },
];

const sql = String.raw`/^\s*(select|insert into|update|delete from|with|lock|truncate|create|alter|drop|copy) /`;
const sqlOutsideAdapters = ['Literal[value=', 'TemplateElement[value.raw='].map((node) => ({
  selector: `${node}${sql}]`,
  message: 'SQL stands in adapters/ and migrations/: declare a port.',
}));

/** Where one part may not reach into another is `.dependency-cruiser.cjs`'s business; here it is about single files. */
export default tseslint.config(
  // `assembly/` looks like TypeScript and is AssemblyScript, checked by its own compiler.
  {
    ignores: [
      '**/dist/**',
      'packages/*/package/**',
      '**/coverage/**',
      '**/.retort/**',
      '**/node_modules/**',
      '.turbo/**',
      '**/assembly/*.ts',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly', fetch: 'readonly' },
    },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs', globals: { module: 'writable' } } },
  {
    files: ['{packages,services,tools,examples,docs/.vitepress}/**/*.ts', 'vitest*.config.ts'],
    extends: [tseslint.configs.strict],
    plugins: { 'import-x': importX },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' },
      ],
      // noUncheckedIndexedAccess makes `!` the honest way to say "this index exists".
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-console': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', { max: 4 }],
      eqeqeq: ['error', 'always'],
      'prefer-const': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: false } }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'anywhere' }],
      'import-x/first': 'error',
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
      'import-x/no-self-import': 'error',
      'import-x/no-mutable-exports': 'error',
      'import-x/newline-after-import': 'error',
    },
  },
  {
    files: ['{packages,services}/*/src/**/*.ts'],
    ignores: ['packages/*/src/**/*.test.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // The few rules that need types and are worth their time: a promise nobody waits for is the commonest lost error.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
    },
  },
  { files: ['**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...everywhere] } },
  {
    files: ['{packages,services}/**/*.ts'],
    // What is written from the contracts says what they say.
    ignores: ['packages/contracts/**/*.ts', 'packages/sdk/src/generated/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...everywhere, ...pathsOutsideContracts],
    },
  },
  {
    files: ['services/*/src/**/*.ts'],
    ignores: ['services/*/src/adapters/**', 'services/*/src/tasks/**'],
    rules: {
      'no-restricted-syntax': ['error', ...everywhere, ...pathsOutsideContracts, ...sqlOutsideAdapters],
    },
  },
  {
    // What talks to a terminal, or is loaded by its path, is known by its place.
    files: [
      'packages/cli/**/*.ts',
      '**/main.ts',
      'examples/**/*.ts',
      'tools/new/main.ts',
      'packages/simulator/src/**/cli*.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: [
      '**/*.config.{js,ts}',
      'docs/.vitepress/config.ts',
      '**/test/**/*.ts',
      '{packages,services}/*/src/tasks/**/*.ts',
      'packages/testing/src/global-setup.ts',
    ],
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    // A table of cases has as many columns as it needs, a suite as many guarantees.
    files: ['**/test/**/*.ts'],
    rules: { 'max-params': 'off', 'max-lines': 'off' },
  },
);
