import type { Need } from '../../shared/contract/home.ts';
import type { Timeline } from '../../shared/contract/credential-expiry.ts';
import { readTimeline } from '../rotation/expiry/timeline.ts';
import { scheduleList } from '../schedule/handlers.ts';
import { deadManNeed, scheduleNeeds, tokenNeeds } from '../schedule/needs.ts';
import { Schedules } from '../schedule/schedules.ts';
import { scanForTokens } from '../schedule/token-scan.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** Each look asks OpenBao for every secret_id; half of a life is not missed by minutes. */
const lookEveryMs = 10 * 60_000;
const looks = new WeakMap<OpenWorkspace, { readonly at: number; readonly answer: Promise<Timeline> }>();

/** What stands in crontabs and units is the host's, whichever work directory is open. */
let scan: { readonly at: number; readonly answer: ReturnType<typeof scanForTokens> } | undefined;

function tokens(now: number): ReturnType<typeof scanForTokens> {
  if (scan === undefined || now - scan.at >= lookEveryMs) scan = { at: now, answer: scanForTokens() };
  return scan.answer;
}

function timeline(workspace: OpenWorkspace): Promise<Timeline> {
  const now = workspace.now();
  const known = looks.get(workspace);
  if (known !== undefined && now - known.at < lookEveryMs) return known.answer;
  const answer = readTimeline({ services: workspace.services, leaves: workspace.leaves });
  looks.set(workspace, { at: now, answer });
  answer.catch(() => looks.delete(workspace));
  return answer;
}

/** What the schedules need of the operator, and credentials that nothing has renewed for half of their life. */
export async function scheduleAlarms(workspace: OpenWorkspace): Promise<readonly Need[]> {
  const { settings, paths, now, session } = workspace;
  const lockPath = paths.schedulerLock;
  const needs = [
    ...scheduleNeeds(await scheduleList({ schedules: new Schedules(settings), lockPath, now })),
    ...tokenNeeds((await tokens(now())).findings),
  ];
  if (session?.status().state !== 'live') return needs;
  return [...needs, ...deadManNeed((await timeline(workspace)).items, now())];
}
