import { readFileSync } from 'node:fs';
import type { SandboxUsage } from '../../ports/sandbox-driver.ts';

/** Where control groups are mounted everywhere. */
const ROOT = '/sys/fs/cgroup';

/** Reads what a container uses from the control group that its engine made for it; nothing where that can't be found. */
export function usageOfProcess(pid: number): SandboxUsage {
  const groups = textOf(`/proc/${pid}/cgroup`);
  const first = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.+)$/m.exec(groups)?.[1];
  if (first !== undefined) {
    const folder = `${ROOT}/memory${first}`;
    return usageOf(`${folder}/memory.usage_in_bytes`, `${folder}/memory.max_usage_in_bytes`);
  }
  const second = /^0::(.+)$/m.exec(groups)?.[1];
  return second === undefined || second === '/' ? {} : usageOf(`${ROOT}${second}/memory.current`, `${ROOT}${second}/memory.peak`);
}

function usageOf(now: string, peak: string): SandboxUsage {
  const memoryBytes = numberOf(now);
  const memoryPeakBytes = numberOf(peak) ?? memoryBytes;
  return {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(memoryPeakBytes === undefined ? {} : { memoryPeakBytes }),
  };
}

function numberOf(path: string): number | undefined {
  const text = textOf(path).trim();
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
