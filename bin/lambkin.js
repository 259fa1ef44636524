#!/usr/bin/env node
// The `lambkin` command. Runs itself again on the pinned Node.js when the machine's own is too old.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { findNode, isNewEnough } from './find-node.js';
import { runNode } from './run-node.js';

if (isNewEnough()) {
  // Compiled code is kept between starts, types stripped.
  module.enableCompileCache?.();
  const built = new URL('../dist/cli/main.js', import.meta.url);
  await import(existsSync(built) ? built.href : new URL('../src/cli/main.ts', import.meta.url).href);
} else {
  runNode(findNode(), [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
}
