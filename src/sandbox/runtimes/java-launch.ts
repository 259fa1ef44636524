import { dirname } from 'node:path';
import type { ExecutableVersion } from '../../model/executable-version.ts';
import type { SandboxMount } from '../../ports/sandbox-driver.ts';
import { JAVA_ARTIFACTS, JAVA_NATIVE_LIBRARY, jarName } from './additions/java-artifacts.ts';
import { withWrapper } from './exec-wrapper.ts';
import type { Interpreter } from './interpreter.ts';
import type { RuntimeLaunch } from './runtime-launch.ts';
import { baseVariables } from './runtime-variables.ts';

const CLIENT_FOLDER = '/var/runtime';
const LAYERS_FOLDER = '/opt/java';
const MAIN_CLASS = 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda';
const NATIVE_LIBRARY_PROPERTY = 'com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI';
/** Share of the function's memory that the heap may take. Source: the command lines of Lambda's own JVMs. */
const HEAP_SHARE = 0.85;
const KIBIBYTES_PER_MEBIBYTE = 1_024;
/** From here on Lambda compiles with C1 alone. Source: Lambda's page on customising the Java runtime's start. */
const FIRST_TIERED = 17;
const FIRST_WITH_MODULES = 9;
/** From here on the JVM warns of native code that was not announced. */
const FIRST_WARNING_OF_NATIVE_CODE = 24;

/**
 * Starts Lambda's runtime interface client for Java, which finds classes in `/var/task`, `/var/task/lib/*.jar` and
 * `/opt/java/lib/*.jar` by itself and speaks the HTTP Runtime API.
 */
export function javaLaunch(interpreter: Interpreter, mounts: readonly SandboxMount[], client: string): RuntimeLaunch {
  const major = Number.parseInt(interpreter.version, 10);
  return {
    mounts: [...mounts, { source: client, target: CLIENT_FOLDER }],
    framed: false,
    logFrames: true,
    command: (locate, version) => ({
      argv: withWrapper(version, locate, [
        interpreter.executable,
        ...machineOptions(version, major),
        ...folderOptions(locate),
        '-cp',
        classPath(locate),
        MAIN_CLASS,
        version.handler,
      ]),
      env: baseVariables(locate, dirname(interpreter.executable)),
    }),
  };
}

/**
 * The command line beats `JAVA_TOOL_OPTIONS`, so what the function says there is left out here. The heap's size has to be
 * said, because a JVM in a sandbox sees the memory of the whole machine.
 */
function machineOptions(version: ExecutableVersion, major: number): string[] {
  const own = version.environment['JAVA_TOOL_OPTIONS'] ?? '';
  const heapKb = Math.floor(version.memorySizeMb * KIBIBYTES_PER_MEBIBYTE * HEAP_SHARE);
  return [
    ...(/-Xmx|MaxHeapSize|MaxRAM/.test(own) ? [] : [`-XX:MaxHeapSize=${heapKb}k`]),
    ...(/-XX:\+Use\w+GC/.test(own) ? [] : ['-XX:+UseSerialGC']),
    ...(major < FIRST_TIERED || /TieredStopAtLevel|TieredCompilation/.test(own) ? [] : ['-XX:TieredStopAtLevel=1']),
    // The client makes the descriptor of its log by reflection.
    ...(major < FIRST_WITH_MODULES ? [] : ['--add-opens=java.base/java.io=ALL-UNNAMED']),
    ...(major < FIRST_WARNING_OF_NATIVE_CODE ? [] : ['--enable-native-access=ALL-UNNAMED']),
  ];
}

function folderOptions(locate: (path: string) => string): string[] {
  const tmp = locate('/tmp');
  return [
    `-D${NATIVE_LIBRARY_PROPERTY}=${locate(`${CLIENT_FOLDER}/${JAVA_NATIVE_LIBRARY}`)}`,
    ...(tmp === '/tmp' ? [] : [`-Djava.io.tmpdir=${tmp}`]),
  ];
}

/** The client looks for layers at their place and nowhere else, so where they lie elsewhere their jars are named here. */
function classPath(locate: (path: string) => string): string {
  const layers = locate(LAYERS_FOLDER);
  const jars = JAVA_ARTIFACTS.map((artifact) => locate(`${CLIENT_FOLDER}/${jarName(artifact)}`));
  return [...jars, ...(layers === LAYERS_FOLDER ? [] : [`${layers}/lib/*`])].join(':');
}
