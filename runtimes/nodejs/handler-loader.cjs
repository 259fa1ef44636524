'use strict';
// Finds the handler that `_HANDLER` names. The order of the files tried and the errors are those of the official client.
const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');
const { runtimeError } = require('./errors.cjs');
const { isLegacy } = require('./generation.cjs');

/** Resolves to the handler function; throws the runtime errors of Lambda. */
async function loadHandler(taskRoot, fullName) {
  const { folder, moduleName, exportPath } = parseHandlerName(fullName);
  const module = await loadModule(taskRoot, folder, moduleName);
  return findExport(module, exportPath, fullName);
}

function parseHandlerName(fullName) {
  if (fullName.includes('..')) {
    throw runtimeError(
      'MalformedHandlerName',
      `'${fullName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const last = path.basename(fullName);
  const match = /^([^.]*)\.(.*)$/.exec(last);
  if (!match) throw runtimeError('MalformedHandlerName', 'Bad handler');
  return { folder: fullName.substring(0, fullName.lastIndexOf(last)), moduleName: match[1], exportPath: match[2] };
}

async function loadModule(taskRoot, folder, moduleName) {
  const base = path.resolve(taskRoot, folder, moduleName);
  try {
    for (const extension of ['', '.js', '.mjs', '.cjs']) {
      const file = base + extension;
      if (isFile(file)) return await loadFile(file);
    }
    const taskRequire = createRequire(path.join(taskRoot, folder, 'lambda-resolver.js'));
    return await loadFile(taskRequire.resolve(path.isAbsolute(folder) ? base : moduleName));
  } catch (error) {
    throw translate(error);
  }
}

function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** CommonJS is required, which starts faster than an import; whatever turns out to be a module is imported. */
async function loadFile(file) {
  if (file.endsWith('.mjs') || (!file.endsWith('.cjs') && isModulePackage(file))) return importFile(file);
  try {
    return createRequire(file)(file);
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ESM' || error?.code === 'ERR_REQUIRE_ASYNC_MODULE') return importFile(file);
    throw error;
  }
}

function importFile(file) {
  return import(require('node:url').pathToFileURL(file).href);
}

/** Whether the nearest package.json says `"type": "module"`. */
function isModulePackage(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (isFile(manifest)) {
      try {
        return JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module';
      } catch {
        return false;
      }
    }
    if (path.dirname(folder) === folder || path.basename(folder) === 'node_modules') return false;
  }
}

function translate(error) {
  if (error instanceof SyntaxError) {
    const translated = runtimeError('UserCodeSyntaxError', error);
    // Which shows where the code is wrong.
    if (!isLegacy) translated.stack = error.stack;
    return translated;
  }
  if (error?.code === 'MODULE_NOT_FOUND') return runtimeError('ImportModuleError', error);
  return error;
}

function findExport(module, exportPath, name) {
  const walk = (root) =>
    exportPath.split('.').reduce((value, key) => (value === undefined || value === null ? undefined : value[key]), root);
  const handler = walk(module) || walk(module?.default);
  if (!handler) throw runtimeError('HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw runtimeError('HandlerNotFound', `${name} is not a function`);
  return handler;
}

module.exports = { loadHandler };
