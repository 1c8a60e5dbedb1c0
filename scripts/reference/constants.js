'use strict'

const { readFileSync } = require('node:fs')
const Module = require('node:module')
const { dirname, join } = require('node:path')
const ts = require('typescript')

const PACKAGES = join(__dirname, '../../packages')
const OPTIONS = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true }

/**
 * Gives constants of a source file by their names, whether it exports them or not: a copy of the file that does is
 * run. So a page cannot say another number than the code, and no constant is public for the sake of a page.
 */
function constantsOf(path, ...names) {
  const file = join(PACKAGES, path)
  const copy = `${readFileSync(file, 'utf8')}\nmodule.exports = { ${names.join(', ')} }\n`
  const loaded = new Module(file)
  loaded.filename = file
  loaded.paths = Module._nodeModulePaths(dirname(file))
  try {
    loaded._compile(ts.transpileModule(copy, { compilerOptions: OPTIONS }).outputText, file)
  } catch (cause) {
    throw new Error(`${path} no longer gives ${names.join(', ')}: mend its rows in scripts/reference`, { cause })
  }
  return loaded.exports
}

module.exports = { constantsOf }
