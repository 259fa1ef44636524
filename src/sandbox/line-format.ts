import type { ExecutableVersion } from '../model/executable-version.ts';
import type { LineFormat } from './output-capture.ts';
import { passesLevel } from './platform-lines.ts';

/** Runtimes whose raw output Lambda wraps into JSON records when the function logs JSON. */
const WRAPPED = /^(nodejs|python|java|dotnet)/;
/** Runtimes with a client of ours, which writes the newlines inside one message as carriage returns, so that it stays one record. */
const FOLDED = /^(nodejs|python|ruby)/;
const OWN_NAMES = /^(python|dotnet)/;
const LEVEL_SYNONYMS: Readonly<Record<string, string>> = { WARNING: 'WARN', CRITICAL: 'FATAL' };
const LEVEL_NAMES = new Set(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']);

/**
 * How this function's raw output lines are kept. Text: as they are. JSON: lines that are JSON objects stay as they are
 * if their level passes the filter, others are wrapped at level INFO (AWS: "Using Lambda advanced logging controls").
 */
export function lineFormat(version: ExecutableVersion): LineFormat {
  const unfold = FOLDED.test(version.runtime)
    ? (line: string): string => line.replaceAll('\r', '\n')
    : (line: string): string => line;
  if (version.logFormat !== 'JSON') return unfold;
  const wrap = WRAPPED.test(version.runtime);
  return (raw, requestId, timeMs) => {
    const line = unfold(raw);
    const level = levelOf(line, version.runtime);
    if (!passesLevel(level ?? 'INFO', version.applicationLogLevel)) return undefined;
    if (level !== undefined || !wrap) return line;
    return JSON.stringify({ timestamp: new Date(timeMs).toISOString(), level: 'INFO', message: line, requestId });
  };
}

/** The level of a line that is a JSON object, INFO when it names none; undefined for any other line. */
function levelOf(line: string, runtime: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const level: unknown = (JSON.parse(line) as { level?: unknown }).level;
    const upper = typeof level === 'string' ? level.toUpperCase() : 'INFO';
    // Python's and .NET's runtimes tell Lambda the level beside the record, in which it has their own name.
    const name = (OWN_NAMES.test(runtime) && LEVEL_SYNONYMS[upper]) || upper;
    return LEVEL_NAMES.has(name) ? name : 'INFO';
  } catch {
    return undefined;
  }
}
