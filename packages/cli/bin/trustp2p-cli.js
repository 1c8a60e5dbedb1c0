#!/usr/bin/env node
'use strict'

const { spawn } = require('node:child_process')
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const built = join(__dirname, '../dist/main.js')
const source = join(__dirname, '../src/main.ts')

if (existsSync(built) || !existsSync(source)) require(built)
else runSource()

/** In a clone that was not built: the same command from its source, at the price of a second process. */
function runSource() {
  const flags = ['-C', '@trustp2p/source', '-r', require.resolve('ts-node/register/transpile-only')]
  const child = spawn(process.execPath, [...flags, source, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, TS_NODE_PROJECT: join(__dirname, '../../../tsconfig.json') }
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1
    if (signal === null) return
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
