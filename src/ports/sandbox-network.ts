import type { Socket } from 'node:net';

/** Port of the Runtime API on an environment's own loopback, as on Lambda. */
export const RUNTIME_API_PORT = 9_001;
/** Port of this server on an environment's own loopback, where the SDKs inside functions find it. */
export const ENDPOINT_PORT = 4_566;

/** What of this server stands on an environment's own loopback. */
export type NetworkDoor = 'runtimeApi' | 'endpoint';

/** A network that one environment has to itself, with a loopback of its own and two doors to this server on it. */
export interface SandboxNetwork {
  /** Gives every connection that is made to a door from now on to `serve`; before that, connections are cut. */
  serve(door: NetworkDoor, serve: (socket: Socket) => void): void;
  /** Connects to a port of its loopback. Rejects when nobody listens there or nothing answers in time. */
  connect(port: number): Promise<Socket>;
  /** Cuts its connections and gives it back. Total, and to be called when nothing of the environment runs any more. */
  close(): void;
}

/** Makes networks for environments. */
export interface SandboxNetworks {
  /** One that nobody has had. Rejects when the host can't make another. */
  acquire(): Promise<SandboxNetwork>;
}
