import { RESPONSE_PAYLOAD_BYTES_MAX } from '../model/limits.ts';
import type { SandboxExit } from '../ports/sandbox-driver.ts';

/** A failure of the function that the platform tells in the runtime's stead. */
export interface PlatformError {
  readonly errorType: string;
  readonly payload: Uint8Array;
}

/** The function's time is over. Source: recorded from Lambda, November 2025 on. */
export function timedOut(requestId: string, timeoutMs: number): PlatformError {
  return platformError(
    'Sandbox.Timedout',
    `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`,
  );
}

/** The runtime's process is gone without an answer. */
export function exited(requestId: string, exit: SandboxExit): PlatformError {
  const type = exit.outOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
  return platformError(type, `RequestId: ${requestId} Error: ${exitReason(exit)}`);
}

function exitReason(exit: SandboxExit): string {
  if (exit.outOfMemory) return 'Runtime exited with error: signal: killed';
  if (exit.signal) return `Runtime exited with error: signal: ${signalText(exit.signal)}`;
  if (exit.code) return `Runtime exited with error: exit status ${exit.code}`;
  return 'Runtime exited without providing a reason';
}

/** Signals in the words of Go's `syscall.Signal`, which Lambda's supervisor prints. */
function signalText(signal: string): string {
  const texts: Readonly<Record<string, string>> = {
    SIGKILL: 'killed',
    SIGSEGV: 'segmentation fault',
    SIGABRT: 'aborted',
    SIGTERM: 'terminated',
    SIGBUS: 'bus error',
    SIGILL: 'illegal instruction',
    SIGFPE: 'floating point exception',
    SIGINT: 'interrupt',
    SIGSYS: 'bad system call',
  };
  return texts[signal] ?? signal.toLowerCase();
}

/** The answer was longer than a buffered response may be. */
export function responseTooLarge(): PlatformError {
  return platformError(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${RESPONSE_PAYLOAD_BYTES_MAX} bytes).`,
  );
}

/** A streamed answer ended before its end. */
export function truncatedResponse(): PlatformError {
  return platformError('Runtime.TruncatedResponse', 'Response payload is truncated');
}

/** The runtime asked for a way to respond that there is not. */
export function invalidResponseMode(): PlatformError {
  return platformError('Runtime.InvalidResponseModeHeader', 'Invalid response mode header');
}

/** Nothing to run was found. */
export function invalidEntrypoint(requestId: string, reason: string): PlatformError {
  return platformError('Runtime.InvalidEntrypoint', `RequestId: ${requestId} Error: ${reason}`);
}

/** The folder that a function's image is to be started in is none. */
export function invalidWorkingDirectory(requestId: string, reason: string): PlatformError {
  return platformError('Runtime.InvalidWorkingDir', `RequestId: ${requestId} Error: ${reason}`);
}

/** An extension could not go on. */
export function extensionFailed(requestId: string, errorType: string, detail: string): PlatformError {
  return platformError(errorType, `RequestId: ${requestId} Error: ${detail}`);
}

/** The runtime broke its protocol, so nothing more can be had from it. */
export function sandboxFailure(requestId: string): PlatformError {
  return platformError('Sandbox.Failure', `RequestId: ${requestId} Error: Runtime protocol violation`);
}

function platformError(errorType: string, errorMessage: string): PlatformError {
  return { errorType, payload: Buffer.from(JSON.stringify({ errorType, errorMessage })) };
}
