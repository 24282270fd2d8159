import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** The environment is read in one folder, so that every setting has one parser, one default and one line of documentation. */
const environmentOnlyInConfig = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Only config/ reads process.env; take the setting as a parameter.',
  },
  {
    selector: "VariableDeclarator[init.name='process'] > ObjectPattern > Property[key.name='env']",
    message: 'Only config/ reads process.env; take the setting as a parameter.',
  },
  {
    selector: 'ImportDeclaration[source.value=/^(node:)?process$/]',
    message: 'Use the global `process`, so that reads of its environment can be found.',
  },
]

/** A default export has no name of its own, so a search for the name misses its users. */
const namedExports = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name.',
}

/** Lines written just before are lost (winston), and so are open transactions. */
const orderlyExit = {
  selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']",
  message: 'Set process.exitCode and let the process drain.',
}

export default defineConfig(
  globalIgnores(['dist', 'coverage', '.sallyport']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  prettier,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-params': ['error', 5],
      'max-lines': ['error', { max: 199 }],
      'no-console': 'error',
      'no-param-reassign': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // `async` turns a throw into a rejection, which a port that answers with promises owes its callers.
      '@typescript-eslint/require-await': 'off',
      // Our objects are frozen closures, so their functions may be handed on; none looks at `this`.
      '@typescript-eslint/unbound-method': 'off',
      // An empty string is as good as none: variables are set to it to unset them.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // An empty function is how a port is left unplugged.
      '@typescript-eslint/no-empty-function': 'off',
      // Express tells an error handler by its four parameters, used or not; a member is left out by naming it.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Asks for the `!` that no-non-null-assertion forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // `body['code']` marks a key that came from outside.
      '@typescript-eslint/dot-notation': 'off',
      // Numbers read well in a template; every other type has to say how it becomes text.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // An arrow that hands on a promise of nothing is the shortest way to say so.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'config/**/*.ts', 'console/**/*.{ts,tsx}'],
    rules: {
      'max-lines-per-function': ['error', { max: 39 }],
      'no-restricted-syntax': ['error', ...environmentOnlyInConfig, namedExports, orderlyExit],
    },
  },
  {
    files: ['config/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', namedExports, orderlyExit] },
  },
  {
    // Vite asks for a default export.
    files: ['console/vite.config.ts'],
    rules: { 'no-restricted-syntax': ['error', ...environmentOnlyInConfig] },
  },
  {
    // knex asks for a default export in its knexfile; both are the user's files, which get what they are passed.
    files: ['knexfile.ts', 'migrations/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...environmentOnlyInConfig] },
  },
  {
    files: ['test/**/*.ts', 'torture/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // Programs that a person starts and reads.
      'no-console': 'off',
      // An answer's body is `any` until an assertion has looked at it, and Jest types its matchers so by design.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    files: ['test/**/*.{js,mjs}', 'deploy/github-action/*.mjs'],
    rules: { 'no-console': 'off' },
  },
  {
    // Plain JavaScript (this file, Jest's set-up) lies outside the TypeScript project.
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        Buffer: 'readonly',
        URL: 'readonly',
        clearTimeout: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    // Users' projects as knex takes them, CommonJS among them, and what lets knex read TypeScript.
    files: ['test/knexfiles/**/*.{js,cjs}'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
    languageOptions: {
      globals: {
        __dirname: 'readonly',
        __filename: 'readonly',
        exports: 'writable',
        module: 'writable',
        require: 'readonly',
      },
    },
  },
)
