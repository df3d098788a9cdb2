import type { InsideView } from '../topology/topology.ts';
import type { Ports } from '../topology/layout.ts';
import { editCaConfig } from '../workspace/ca-json.ts';

/** One end of a move: how the servers see the installation there. */
export interface End {
  readonly inside: InsideView;
  readonly ports: Ports;
}

/** From one end to the other, for an installation whose secrets lie at `secrets` on this host. */
export interface Ends {
  readonly from: End;
  readonly to: End;
  readonly secrets: string;
}

/** A path below the secrets directory, as the servers of the other end have it; any other stays. */
function moved(path: string, before: string, after: string): string {
  return path === before || path.startsWith(`${before}/`) ? after + path.slice(before.length) : path;
}

/** ca.json for the other end: paths, address, names and DSN; everything else stays byte for byte. */
export function movedCaConfig(text: string, path: string, { from, to, secrets }: Ends, dsn: string): string {
  const [before, after] = [from.inside.stepCaPath(secrets), to.inside.stepCaPath(secrets)];
  const here = (value: string): string => moved(value, before, after);
  return editCaConfig(text, path, (draft) => {
    if (typeof draft.root === 'string') draft.root = here(draft.root);
    else if (draft.root !== undefined) draft.root = draft.root.map(here);
    if (draft.crt !== undefined) draft.crt = here(draft.crt);
    if (draft.key !== undefined) draft.key = here(draft.key);
    const [old, next] = [from.inside.stepCa(from.ports), to.inside.stepCa(to.ports)];
    draft.address = next.address;
    // Names that an operator added are kept (failure mode C12).
    const own = (draft.dnsNames ?? []).filter((name) => !old.names.includes(name));
    draft.dnsNames = [...new Set([...next.names, ...own])];
    if (draft.db !== null && draft.db !== undefined) draft.db.dataSource = dsn;
  });
}

/** The template that an OpenBao Agent renders ca.json from, made anew from ca.json: the same place for the DSN as before. */
export function movedCaTemplate(template: string, config: string, dsn: string): string {
  const place = /"dataSource"\s*:\s*("\{\{.*\}\}")/.exec(template)?.[1];
  return place === undefined ? template : config.replace(JSON.stringify(dsn), () => place);
}

/** responder.toml, or the template of it: the two addresses that it listens on. */
export function movedResponder(text: string, { to }: Ends): string {
  const { challenge, admin } = to.inside.responder(to.ports);
  return text
    .replace(/^listen_addr\s*=.*$/m, () => `listen_addr = "${challenge}"`)
    .replace(/^admin_addr\s*=.*$/m, () => `admin_addr = "${admin}"`);
}

/** agent.hcl of an infra agent: OpenBao's address, and paths as the agent has them. */
export function movedAgent(text: string, { from, to, secrets }: Ends): string {
  const [before, after] = [from.inside.agentPath(secrets), to.inside.agentPath(secrets)];
  return [true, false]
    .reduce(
      (changed, secure) =>
        changed.replaceAll(
          `"${from.inside.openbaoUrl(from.ports, secure)}"`,
          `"${to.inside.openbaoUrl(to.ports, secure)}"`,
        ),
      text,
    )
    .replaceAll(`"${before}/`, `"${after}/`);
}
