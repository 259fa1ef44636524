// Starts the third generation of AWS's client for Node.js: its own command prints a line first.
import { pathToFileURL } from 'node:url';

const [, , module, handler] = process.argv;
process.argv.splice(2, 1);
const { run } = await import(pathToFileURL(module).href);
await run(process.cwd(), handler);
