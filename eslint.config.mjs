import eslint from 'typescript-eslint'

const ROOMS = 'packages/core/src'

/** Rooms of the core, low to high: an import points only downward. */
const LAYERS = [
  { files: ['errors.ts', 'kit.ts', 'emitter.ts'], names: ['errors', 'kit', 'emitter'] },
  { files: ['wire/**'], names: ['wire'] },
  { files: ['driver/*.ts', 'driver/memory/**'], names: ['driver'] },
  { files: ['deliver/**'], names: ['deliver'] },
  { files: ['thread/**'], names: ['thread'] },
  { files: ['node.ts', 'node-events.ts'], names: ['node', 'node-events'] },
  { files: ['host/**', 'driver/ws/**'], names: ['host', 'driver/ws'] },
  { files: ['create.ts'], names: ['create'] },
  { files: ['index.ts'], names: ['index'] }
]

/** Config stands between thread and node; its types are read by the rooms below. */
const CONFIG = { files: ['config/**'], names: ['config'] }

const NODE_GLOBALS = [
  'Buffer',
  'process',
  'global',
  'require',
  'module',
  '__dirname',
  '__filename',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'queueMicrotask',
  'Date',
  'performance',
  'console',
  'crypto',
  'fetch'
].map((name) => ({ name, message: 'A browser room gets this from the kit.' }))

const NODE_MODULES = {
  group: ['node:*', 'ws', 'chokidar', 'pino', 'typescript', 'fs', 'path', 'events', 'crypto', 'worker_threads'],
  message: 'A browser room imports no Node module: what differs by platform comes with the kit.'
}

function importRule(higher, browser) {
  const patterns = higher.map((name) => ({
    regex: `^(\\.\\.?/)+${name}(/|$)`,
    message: `${name} lies higher: an import points only downward.`
  }))
  return ['error', { patterns: browser ? [...patterns, NODE_MODULES] : patterns }]
}

function layerConfig(layer, index) {
  const higher = LAYERS.slice(index + 1).flatMap(({ names }) => names)
  const browser = index < LAYERS.findIndex(({ names }) => names.includes('host'))
  return {
    files: layer.files.map((pattern) => `${ROOMS}/${pattern}`),
    rules: {
      'no-restricted-imports': importRule(higher, browser),
      ...(browser
        ? {
            'no-restricted-globals': ['error', ...NODE_GLOBALS],
            'no-restricted-properties': [
              'error',
              { object: 'Math', property: 'random', message: 'The kit draws random numbers.' }
            ]
          }
        : {})
    }
  }
}

export default eslint.config(
  { ignores: ['**/dist/', '**/gen/', '**/node_modules/', 'coverage/', '.nx/', '**/fixtures/', '**/templates/'] },
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
  ...LAYERS.map(layerConfig),
  { files: [`${ROOMS}/config/**`], rules: layerConfig(CONFIG, 4).rules },
  {
    // The node calls each handler with its own thread as `this`.
    files: ['threads-available/**/*.ts'],
    rules: { '@typescript-eslint/unbound-method': 'off' }
  },
  {
    files: ['**/test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/unbound-method': 'off'
    }
  }
)
