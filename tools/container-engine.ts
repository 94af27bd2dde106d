// What a check needs of a container engine: Docker (or Podman) with Compose, or containers that it makes itself on the
// images of buildah.
import { buildahEngine } from './buildah-engine.ts';
import { dockerEngine } from './docker-engine.ts';
import type { Executed } from './processes.ts';
import { Problem } from './workspace.ts';

/** The project of a `docker-compose.yml`: its images and its services, on one engine. */
export interface ContainerEngine {
  /** For the output. */
  readonly name: string;
  /** What the check does not show on this engine, each with its reason. */
  readonly unchecked: readonly string[];
  /** Whether containers have the memory and process limits of Compose. */
  readonly limits: boolean;
  /** Name or address at which containers reach this machine. */
  readonly hostAddress: string;
  /** Builds the image of API and workers, as Compose would. */
  build(image: string): Promise<void>;
  /** Builds an image whose Dockerfile has only these instructions. */
  buildFrom(image: string, dockerfile: string): Promise<void>;
  /** Writes an image as `docker save` does. */
  save(image: string, archive: string): Promise<void>;
  /**
   * Starts services as `docker compose up --detach --wait` does: after those that they depend on, until they are
   * healthy. A service that runs with another image is stopped and replaced.
   * @param image for API and workers
   * @param services default: all
   */
  up(image: string, services?: string[]): Promise<void>;
  /** Kills the main process of a service, and waits until the restart that Compose asks for has made it healthy. */
  crash(service: string): Promise<void>;
  /** Runs a service's command in another container, and waits until it ends. */
  once(image: string, service: string): Promise<Executed>;
  /** Runs a command in a service's container, as its user or another one. */
  exec(service: string, command: string[], user?: string): Promise<Executed>;
  /** The command lines of all processes in the containers. */
  commandLines(): Promise<string>;
  /** What the services have printed. */
  logs(): Promise<string>;
  /** Removes containers, networks, volumes and images. @returns what is still there */
  down(): Promise<string[]>;
}

/** A Compose project in a folder of its own. */
export interface Project {
  /** Lower-case letters, digits and hyphens; short, because names of network devices begin with it. */
  name: string;
  /** Contains `docker-compose.yml` and `.env`. */
  folder: string;
  /** For what the engine needs besides. */
  scratch: string;
}

/**
 * The engine of this machine: Docker or Podman if it responds and has Compose, otherwise buildah.
 * @throws {Problem} that names what is missing
 */
export async function findEngine(project: Project): Promise<ContainerEngine> {
  const reasons: string[] = [];
  for (const command of ['docker', 'podman']) {
    const engine = await dockerEngine(command, project);
    if (typeof engine !== 'string') return engine;
    reasons.push(engine);
  }
  const engine = buildahEngine(project);
  if (typeof engine !== 'string') return engine;
  throw new Problem(
    `Nothing was checked, because no container engine was found:\n${[...reasons, engine].map((each) => `  ${each}\n`).join('')}`,
  );
}
