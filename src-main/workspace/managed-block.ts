import { ConsoleError } from '../../shared/errors.ts';
import { lineEnd } from './toml.ts';
import { scanToml, type TomlComment, type TomlStatement } from './toml-scan.ts';

/** Local blocks are written by the control node, remote ones by the program on the service host. */
export type MarkerPair = 'local' | 'remote';

const words: Record<MarkerPair, string> = {
  local: 'bootroot managed profile: ',
  remote: 'BOOTROOT REMOTE PROFILE ',
};

export const beginMarker = (pair: MarkerPair, id: string): string => `# BEGIN ${words[pair]}${id}`;
export const endMarker = (pair: MarkerPair, id: string): string => `# END ${words[pair]}${id}`;

/** A managed block of an agent.toml. Offsets are of line starts; `end` is after the end marker's line. */
export interface ManagedBlock {
  readonly id: string;
  readonly pair: MarkerPair;
  readonly start: number;
  readonly innerStart: number;
  readonly innerEnd: number;
  readonly end: number;
}

const markerLine = /^# (BEGIN|END) (?:(bootroot managed profile: )|BOOTROOT REMOTE PROFILE )(\S+)\s*$/;

interface Marker {
  readonly begin: boolean;
  readonly pair: MarkerPair;
  readonly id: string;
  readonly comment: TomlComment;
}

function markersOf(text: string): Marker[] {
  return scanToml(text).comments.flatMap((comment): Marker[] => {
    const found = markerLine.exec(comment.text);
    if (found === null) return [];
    return [
      {
        begin: found[1] === 'BEGIN',
        pair: found[2] === undefined ? 'remote' : 'local',
        id: found[3] ?? '',
        comment,
      },
    ];
  });
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/**
 * The managed blocks of a valid TOML document, in order.
 * @throws `managed_block_broken` with the line of a marker that has no partner, or of a second block for the same id and markers
 */
export function managedBlocks(text: string, path: string): ManagedBlock[] {
  const markers = markersOf(text);
  const blocks: ManagedBlock[] = [];
  const broken = (marker: Marker): ConsoleError =>
    new ConsoleError('managed_block_broken', {
      path,
      id: marker.id,
      line: lineOf(text, marker.comment.start),
    });
  for (let index = 0; index < markers.length; index += 2) {
    const begin = markers[index];
    const end = markers[index + 1];
    if (begin === undefined) break;
    if (!begin.begin || end === undefined || end.begin || end.id !== begin.id || end.pair !== begin.pair)
      throw broken(begin);
    if (blocks.some(({ id, pair }) => id === begin.id && pair === begin.pair)) throw broken(begin);
    blocks.push({
      id: begin.id,
      pair: begin.pair,
      start: text.lastIndexOf('\n', begin.comment.start - 1) + 1,
      innerStart: lineEnd(text, begin.comment.end),
      innerEnd: text.lastIndexOf('\n', end.comment.start - 1) + 1,
      end: lineEnd(text, end.comment.end),
    });
  }
  return blocks;
}

/** Where the comment lines begin that stand right above an offset: they belong to what follows them. */
function withCommentAbove(text: string, offset: number): number {
  let start = text.lastIndexOf('\n', offset - 1) + 1;
  for (;;) {
    const previous = start === 0 ? 0 : text.lastIndexOf('\n', start - 2) + 1;
    if (previous === start || !/^[ \t]*#/.test(text.slice(previous, start))) return start;
    start = previous;
  }
}

/** What stands between the markers, taken apart: after an edit by other tools not all of it is the profile's. */
export interface BlockParts {
  /** Keys before the first header: they belong to the table above the block. */
  readonly before: string;
  readonly profile: string;
  /** Tables such as [trust] that an edit has put before the end marker. */
  readonly foreign: string;
}

/** Takes the inner text of a block apart by what the statements are, not by where the markers stand. */
export function blockParts(text: string, block: ManagedBlock): BlockParts {
  const inner = (statement: TomlStatement): boolean =>
    statement.start >= block.innerStart && statement.start < block.innerEnd;
  const headers = scanToml(text).statements.filter(
    (statement) => inner(statement) && statement.kind !== 'pair',
  );
  const cuts = headers.map(({ start, path }) => ({
    start: Math.max(block.innerStart, withCommentAbove(text, start)),
    own: path[0] === 'profiles',
  }));
  const parts = { before: '', profile: '', foreign: '' };
  parts.before = text.slice(block.innerStart, cuts[0]?.start ?? block.innerEnd);
  cuts.forEach(({ start, own }, index) => {
    parts[own ? 'profile' : 'foreign'] += text.slice(start, cuts[index + 1]?.start ?? block.innerEnd);
  });
  // Comments alone in front of the profile are the block's own.
  if (scanToml(parts.before).statements.length > 0) return parts;
  return { ...parts, before: '', profile: parts.before + parts.profile };
}
