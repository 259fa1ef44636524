import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ZipEntry } from './zip.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
/** Files that no program needs. */
const IGNORED = /\.(d\.ts|d\.cts|d\.mts|map|md|tsbuildinfo)$|\/dist-es\/|\/dist-types\//;

/** The files of installed packages and of all that they depend on, as they would lie in a deployment package. */
export function packageFiles(names: readonly string[]): Record<string, ZipEntry> {
  const files: Record<string, ZipEntry> = {};
  const seen = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const folder = join(MODULES, name);
    if (seen.has(name) || !existsSync(join(folder, 'package.json'))) continue;
    seen.add(name);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      dependencies?: object;
      optionalDependencies?: object;
    };
    waiting.push(...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
    for (const file of walk(folder))
      if (!IGNORED.test(file)) files[`node_modules/${relative(MODULES, file)}`] = readFileSync(file);
  }
  return files;
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : entry.isFile() ? [path] : [];
  });
}
