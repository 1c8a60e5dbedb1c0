import eslint from 'typescript-eslint'
import { BROWSER_FILES, importRule } from './scripts/lint/rooms.mjs'

const FROM_KIT = 'A browser room gets this from the kit.'

/** What only Node has, and what reads a clock, starts a timer, draws a random number or reaches the outside. */
const PLATFORM_GLOBALS = [
  ...['Buffer', 'process', 'global', 'require', 'module', 'exports', '__dirname', '__filename', 'navigator'],
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
  ...['queueMicrotask', 'Date', 'performance', 'crypto', 'console', 'fetch', 'WebSocket', 'EventSource'],
  ...['MessageChannel', 'BroadcastChannel', 'Worker', 'localStorage', 'sessionStorage']
].map((name) => ({ name, message: FROM_KIT }))

const PLATFORM_PROPERTIES = [
  { object: 'Math', property: 'random', message: FROM_KIT },
  { object: 'AbortSignal', property: 'timeout', message: FROM_KIT }
]

export default eslint.config(
  {
    // What is linked in threads-enabled/ is linted where it lies; a *.contract.ts is written by a command.
    ignores: [
      '**/dist/',
      '**/gen/',
      'coverage/',
      'docs/api/',
      '.nx/',
      '**/templates/',
      '**/threads-enabled/',
      '**/*.contract.ts'
    ]
  },
  {
    files: ['**/*.ts'],
    extends: [eslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      'no-console': 'error',
      eqeqeq: 'error'
    }
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    extends: [eslint.configs.strict],
    rules: { '@typescript-eslint/no-require-imports': 'off', eqeqeq: 'error' }
  },
  {
    files: ['packages/core/src/**/*.ts'],
    plugins: { rooms: { rules: { imports: importRule } } },
    rules: { 'rooms/imports': 'error' }
  },
  {
    ...BROWSER_FILES,
    rules: {
      'no-restricted-globals': ['error', { globals: PLATFORM_GLOBALS, checkGlobalObject: true }],
      'no-restricted-properties': ['error', ...PLATFORM_PROPERTIES]
    }
  },
  {
    // The node calls each handler with its own thread as `this`.
    files: ['**/threads-available/**/*.ts'],
    rules: { '@typescript-eslint/unbound-method': 'off' }
  },
  {
    files: ['**/test/**/*.ts'],
    rules: {
      // The matchers of jest are typed as `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/unbound-method': 'off'
    }
  }
)
