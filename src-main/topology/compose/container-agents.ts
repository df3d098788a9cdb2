import type { Sidecars } from '../topology.ts';
import type { ComposeProject } from './compose-project.ts';
import { composeAgents } from './services.ts';

/** The OpenBao Agents that keep step-ca's and the responder's files as OpenBao has them. */
export class ContainerAgents implements Sidecars {
  readonly names = ['OpenBao Agent (step-ca)', 'OpenBao Agent (responder)'];
  readonly #project: ComposeProject;

  constructor(project: ComposeProject) {
    this.#project = project;
  }

  async #each(work: (container: string, service: string) => Promise<void>): Promise<void> {
    const layout = await this.#project.requireLayout();
    for (const agent of composeAgents) await work(this.#project.containerOf(layout, agent), agent);
  }

  async running(): Promise<boolean> {
    const layout = await this.#project.requireLayout();
    const listed = await this.#project.list(layout);
    return composeAgents.every(
      (agent) => listed.get(this.#project.containerOf(layout, agent))?.state === 'running',
    );
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#each((container, service) => this.#project.bringUp(service, container, signal));
  }

  stop(): Promise<void> {
    return this.#each((container) => this.#project.stop(container, 5));
  }

  /** For a set-up that is taken back. */
  remove(): Promise<void> {
    return this.#each((container) => this.#project.remove(container));
  }
}
