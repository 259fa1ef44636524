import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerEngine } from '../../ports/container-engine.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { SandboxDriver } from '../../ports/sandbox-driver.ts';
import { discard } from './discard.ts';
import { DockerDriver } from './docker.ts';
import { openTemporaryVolumes } from './temporary-volumes.ts';
import { UidPool } from './uid-pool.ts';

/** Host uids of containers, apart from those of the sandboxes beside them. */
const FIRST_UID = 420_000;
const UID_COUNT = 20_000;

/** The driver for container images by a container engine. Rejects with a sentence for the user when it can't be used. */
export async function openDockerDriver(options: {
  readonly engine: ContainerEngine;
  readonly runDirectory: string;
  readonly ids: Ids;
  readonly logger: Logger;
}): Promise<SandboxDriver> {
  const { runDirectory, ids } = options;
  await mkdir(runDirectory, { recursive: true, mode: 0o711 });
  // The volumes of an earlier run have to be unmounted first, which those of this one see to.
  const names = (await readdir(runDirectory)).filter((name) => name !== 'tmp');
  await Promise.all(names.map((name) => discard(join(runDirectory, name))));
  const { volumes, reason } = await openTemporaryVolumes(join(runDirectory, 'tmp'), ids);
  try {
    return await DockerDriver.open({
      ...options,
      volumes,
      uids: new UidPool(FIRST_UID, UID_COUNT),
      enforcements: [
        ...(['filesystem', 'user', 'syscalls', 'descriptors', 'memory', 'cpu', 'processes', 'freeze'] as const).map((name) => ({
          name,
          enforced: true,
        })),
        reason === undefined ? { name: 'tmp', enforced: true } : { name: 'tmp', enforced: false, reason },
      ],
    });
  } catch (error) {
    await volumes.close();
    throw new Error(`Docker Engine can't be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}
